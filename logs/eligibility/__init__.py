"""May this message go out now? `pipeline` is the list of rules, `rules` each of them, `facts` what they look at."""
