"""What Flower must know to show the queues: their names, as in argus_records.names."""

from kombu import Queue

task_queues = [Queue("score"), Queue("maintenance")]
