"""Places in the decision feed."""

import threading

import pytest
import records_factories as make
from argus_records.models import DecisionBatch
from argus_records.services.feed import feed_place
from django.db import connection, transaction


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_commits_late_comes_late() -> None:
    make.schema()
    make.accept(make.new_transaction(customer_id="early"))
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                make.decide(place=False)
                begun.set()
                go_on.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(30)
    make.accept(make.new_transaction(customer_id="later"))
    later = make.decide()
    assert later is not None
    assert list(DecisionBatch.objects.values_list("id", "position")) == [(later.id, 1)]
    go_on.set()
    thread.join()
    assert feed_place() == 1
    late = DecisionBatch.objects.get(position=2)
    assert late.pk < later.id
    assert feed_place() == 0
