"""What starts flows when they are due: `from haulier import scheduler`."""
from .library.scheduling import (
    Scheduled,
    ScheduleManager,
    Scheduler,
    SimpleSchedule,
    get_scheduler,
    interval_to_cron,
    run_scheduler_daemon,
)

__all__ = ["ScheduleManager", "Scheduled", "Scheduler", "SimpleSchedule", "get_scheduler", "interval_to_cron",
           "run_scheduler_daemon"]
