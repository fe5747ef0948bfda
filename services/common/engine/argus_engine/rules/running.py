"""Running one rule so that its failure stays its own."""

from dataclasses import dataclass, field

import numpy as np

from argus_engine.rules.base import CompiledRule
from argus_engine.rules.context import Context, Mask


@dataclass(slots=True)
class Run:
    """What a rule came to on a batch: its hits, their sentences if asked for, and where it raised."""

    hits: list[int] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    raised: int = 0


def run(rule: CompiledRule, context: Context, *, words: bool = True) -> Run:
    """Run ``rule`` on the batch; if it raises, on each transaction by itself. Without ``words`` nothing is written."""
    done = Run()
    try:
        places = np.flatnonzero(_hits(rule, context)).tolist()
    except Exception:
        # Counted even if no single transaction raises: the rule is broken all the same.
        done.raised = 1
        places = []
        for i in range(len(context)):
            try:
                if _hits(rule, context.alone(i))[0]:
                    places.append(i)
            except Exception:
                done.failed.append(i)
    found = np.zeros(len(context), bool)
    found[places] = True
    context.hits[rule.code] = found
    done.hits = places
    for i in places if words else ():
        try:
            done.messages.append(rule.message(context, i))
        except Exception:
            done.messages.append(f"The rule {rule.code} applies, but its explanation could not be written.")
            done.failed.append(i)
    done.raised = max(done.raised, len(done.failed))
    return done


def _hits(rule: CompiledRule, context: Context) -> Mask:
    found = rule.hits(context)
    if found.shape != (len(context),) or found.dtype != np.bool_:
        raise TypeError(f"rule {rule.code} answers {found.dtype} {found.shape} to {len(context)} transactions")
    return found
