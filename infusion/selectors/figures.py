"""The figures of a stay's course at an instant, in three statements however long the course is."""

from datetime import datetime

from infusion.domain.bag import BagFacts
from infusion.domain.course import CourseFacts, CourseState
from infusion.domain.delivery import SegmentFacts
from infusion.domain.figures import CourseFigures, course_figures
from infusion.domain.hold import Hold
from infusion.models import Bag, Course, Segment
from infusion.selectors.present import dose_rules


def figures_of(admission_id: int, *, at: datetime) -> CourseFigures | None:
    """Doses in every unit, sums, hold, day and run-out of this stay at `at`; None before the first start.

    Three statements: the course with its order, the segments (one a change of dose, not one an observation), the bag.
    """
    course = Course.objects.select_related("order").filter(admission_id=admission_id).first()
    if course is None:
        return None
    flowed = [
        SegmentFacts(*row)
        for row in Segment.objects.filter(admission_id=admission_id).values_list(
            "started_at", "ended_at", "rate_ml_per_h", "concentration_mg_per_ml", "dose_mg_per_kg_h", "pump"
        )
    ]
    rules = dose_rules(course.order.protocol_id)
    return course_figures(
        facts_of(course),
        flowed,
        weight_kg=course.order.dosing_weight_kg,
        counted=hold_of(course),
        bag=bag_facts(Bag.objects.filter(admission_id=admission_id, closed_at=None).first()),
        target_hold=rules.target_hold,
        reset_pause=rules.hold.reset_pause,
        at=at,
    )


def facts_of(course: Course) -> CourseFacts:
    """A stored course as the domain reads it."""
    names = [name for name in CourseFacts.__dataclass_fields__ if name != "state"]
    return CourseFacts(state=CourseState(course.state), **{name: getattr(course, name) for name in names})


def hold_of(course: Course) -> Hold | None:
    """The hold as it is counted in the course's row; None where no target was declared."""
    if course.held is None or course.held_until is None:
        return None
    return Hold(course.held, course.held_until, course.hold_is_counting, course.hold_ended_at)


def bag_facts(bag: Bag | None) -> BagFacts | None:
    """A stored bag as the domain reads it."""
    if bag is None:
        return None
    return BagFacts(bag.volume_ml, bag.primed_ml, bag.concentration_mg_per_ml, bag.hung_at)
