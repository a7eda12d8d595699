"""The demonstration's round of recognition: this year's, published on the example scheme, its candidates screened."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from app import models as m
from app.db import session, transaction
from app.domain.clock import local_date
from app.services.background import Task
from app.services.demo import cast
from app.services.recognition import candidates, rounds, screening


def load(now: datetime) -> None:
    """Publish the round and screen its candidates, once, through the use cases of the officer."""
    officer = cast.actor("officer")
    with transaction(officer):
        this_year = select(m.RecognitionRound.id).where(m.RecognitionRound.year >= local_date(now).year)
        if session.scalars(this_year.limit(1)).first() is not None:
            return
        usual = rounds.defaults(now)
        # whenever the demonstration is looked at, there is time left for further information
        last_day = max(usual["supplement_deadline"], local_date(now) + timedelta(days=30))
        scheme_id = session.execute(select(func.min(m.EvaluationScheme.id))).scalar_one()
        typed = {**usual, "supplement_deadline": last_day, "scheme_id": scheme_id}
        planned = rounds.create(officer, typed, now)
        rounds.publish(officer, planned.id, now)
        round_id = planned.id
        found = candidates.gather(round_id, officer, now)
    if not found.candidates:
        return
    with transaction(officer):
        run_id = screening.plan(round_id, officer, now).id
    screening.run(Task(0, officer, {"run_id": run_id}))
    with transaction(officer):
        screening.apply(run_id, officer, now)
