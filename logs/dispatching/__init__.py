"""From the queue to a provider: claimed, checked again, handed over, and what the provider answered written down.

    claiming     rows that are due become ours, account by account, within each provider account's throughput
    preparing    the eligibility rules once more; what may go is marked as being submitted, and committed
    calling      the HTTP call, in a thread, outside of any transaction
    concluding   all answers of a batch in one transaction: events, ids, the queue, credit, circuits
    reconciling  those that perhaps were sent: asked for before anything else
    expiring     those whose validity is over

`round` joins these; deciding, routing, retrying, circuit and throughput are the pure rules. See docs/adr/0007.
"""
