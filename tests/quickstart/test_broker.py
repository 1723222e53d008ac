import os
import signal

from kombu import Connection

from smsadmin.quickstart.broker import Broker


def put(broker, *bodies, queue="celery"):
    with Connection(broker.url) as connection, connection.SimpleQueue(queue) as queue:
        for body in bodies:
            queue.put(body)


def take(broker, count):
    with Connection(broker.url) as connection, connection.SimpleQueue("celery") as queue:
        messages = [queue.get(timeout=5) for _ in range(count)]
        for message in messages:
            message.ack()
        return [message.payload for message in messages]


def test_messages_survive_a_stop(folder):
    broker = Broker(folder / "broker", folder / "broker.log")
    broker.start()
    put(broker, "first", "second")
    broker.stop()
    broker.start()
    assert take(broker, 2) == ["first", "second"]
    broker.stop()


def test_a_killed_broker_starts_again(folder):
    broker = Broker(folder / "broker", folder / "broker.log")
    broker.start()
    os.kill(broker.process.pid, signal.SIGKILL)
    broker.process.wait()
    broker.start()
    put(broker, "after")
    assert take(broker, 1) == ["after"]
    broker.stop()


def test_what_a_killed_worker_had_taken_is_given_back_first(folder):
    broker = Broker(folder / "broker", folder / "broker.log")
    broker.start()
    put(broker, "taken first", "taken second", "waiting")
    put(broker, "taken by another", queue="pipeline")
    connection = Connection(broker.url)
    channel = connection.channel()
    for queue in ("celery", "pipeline", "celery"):
        channel.basic_get(queue, no_ack=False)
    channel.qos._delivered.clear()  # killed: it neither acknowledges nor gives back
    channel.qos._dirty.clear()
    connection.close()
    assert broker.give_back_unacknowledged("celery") == 2  # the other worker is still at it
    assert take(broker, 3) == ["taken first", "taken second", "waiting"]
    assert broker.give_back_unacknowledged("celery") == 0
    assert broker.give_back_unacknowledged("pipeline") == 1
    broker.stop()
