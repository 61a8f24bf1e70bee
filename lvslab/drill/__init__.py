"""Run a drill: a timeline of load and faults on a running lab, watched, judged and shown."""
