"""Cases for promtool in which one shop, group or process of several is not well."""

SHOPS = """
rule_files: [{rules}]
evaluation_interval: 5m
tests:
  - interval: 5m
    input_series:
      - series: engage_snapshot_age_seconds{{site="pk_fresh"}}
        values: 5+0x48
      - series: engage_snapshot_age_seconds{{site="pk_stale"}}
        values: 1860+0x48
      - series: engage_snapshot_age_seconds{{site="pk_quiet"}}
        values: 90000+0x48
      - series: engage_rewards_total{{result="short"}}
        values: 0+10x48
      - series: engage_site_decisions{{site="pk_fresh",action="none"}}
        values: 0+5x48
      - series: engage_site_decisions{{site="pk_stale",action="none"}}
        values: 0+5x48
      - series: engage_site_decisions{{site="pk_quiet",action="none"}}
        values: 70+0x48
    alert_rule_test:
      - eval_time: 3h
        alertname: EngageSnapshotOld
        exp_alerts:
          - exp_labels: {{severity: ticket, site: pk_stale}}
            exp_annotations:
              summary: {summary}
              runbook: docs/RUNBOOK.md#engagesnapshotold
"""


GROUPS = """
rule_files: [{rules}]
evaluation_interval: 5m
tests:
  - interval: 5m
    input_series:
      - series: engage_free_agents{{group="guitars"}}
        values: 2+0x1000
      - series: engage_free_agents{{group="cameras"}}
        values: 0+0x1000
      - series: engage_refusals_total{{reason="no_agent"}}
        values: 0+1x1000
    alert_rule_test:
      - eval_time: 80h
        alertname: EngageNobodyToChat
        exp_alerts:
          - exp_labels: {{severity: ticket, group: cameras}}
            exp_annotations:
              summary: {summary}
              runbook: docs/RUNBOOK.md#engagenobodytochat
"""


# What a worker takes it passes on to the learner; what it refuses, mostly not.
ORDERS = """
rule_files: [{rules}]
evaluation_interval: 5m
tests:
  - interval: 5m
    input_series:
      - series: engage_http_requests_total{{route="orders",code="202",instance="w"}}
        values: 0+9.3x40
      - series: engage_http_requests_total{{route="orders",code="400",instance="w"}}
        values: 0+0.8x40
      - series: engage_http_requests_total{{route="orders",code="202",instance="l"}}
        values: 0+9.3x40
      - series: engage_learner_lease{{instance="l"}}
        values: 1+0x40
    alert_rule_test:
      - eval_time: 3h
        alertname: EngageOrdersRefused
        exp_alerts:
          - exp_labels: {{severity: ticket}}
            exp_annotations:
              summary: {summary}
              runbook: docs/RUNBOOK.md#engageordersrefused
"""


# Of two shops with pools, hooks and orders alike, `pk_a` is well, `pk_b` is not.
TWO = """
rule_files: [{rules}]
evaluation_interval: 5m
tests:
  - interval: 5m
    input_series:
      - series: engage_codes_total{{pool="autumn10",state="free",site="pk_a"}}
        values: 900+0x100
      - series: engage_codes_total{{pool="autumn10",state="given",site="pk_a"}}
        values: 1+0x100
      - series: engage_codes_total{{pool="autumn10",state="free",site="pk_b"}}
        values: 5+0x100
      - series: engage_codes_total{{pool="autumn10",state="given",site="pk_b"}}
        values: 5+0x100
      - series: engage_hook_messages_total{{hook="mail",result="taken",site="pk_a"}}
        values: 0+1x100
      - series: engage_hook_messages_total{{hook="mail",result="postponed",site="pk_b"}}
        values: 0+1x100
      - series: engage_events_total{{name="purchase",site="pk_a"}}
        values: 0+1x100
      - series: engage_orders_total{{result="joined",site="pk_a"}}
        values: 0+1x100
      - series: engage_events_total{{name="purchase",site="pk_b"}}
        values: 0+1x100
      - series: engage_beacons_total{{result="applied",site="pk_a"}}
        values: 0+1000x100
      - series: engage_decisions_total{{action="none",site="pk_a"}}
        values: 0+20x100
      - series: engage_beacons_total{{result="applied",site="pk_b"}}
        values: 0+1000x100
      - series: engage_snapshot_number{{site="pk_a"}}
        values: 0+1x100
      - series: engage_snapshot_number{{site="pk_b"}}
        values: 7+0x100
      - series: engage_snapshot_rejected_total{{reason="jump",site="pk_b"}}
        values: 0+1x100
      - series: engage_free_agents{{group="guitars",site="pk_a"}}
        values: 2+0x100
      - series: engage_free_agents{{group="guitars",site="pk_b"}}
        values: 2+0x10 0+0x90
      - series: engage_refusals_total{{reason="no_agent",site="pk_b"}}
        values: 0+1x100
      - series: engage_budget_left_ratio{{pool="autumn10",site="pk_a"}}
        values: 1+0x100
      - series: engage_budget_left_ratio{{pool="autumn10",site="pk_b"}}
        values: 0+0x100
    alert_rule_test:
      - eval_time: 8h
        alertname: NAME
        exp_alerts:
          - exp_labels: {{severity: SEVERITY, site: pk_b, LABELS}}
            exp_annotations:
              summary: {summary}
              runbook: docs/RUNBOOK.md#ANCHOR
"""


def of_two(name, severity, labels="", *, group="shop"):
    """Return the case in which one of two shops is told of by an alert."""
    text = TWO.replace("ANCHOR", name.lower()).replace("NAME", name)
    text = text.replace("SEVERITY", severity).replace(", LABELS", labels)
    return name, group, text


# A shop that never says whose an order is has none that is joined: no such series.
UNJOINED = """
rule_files: [{rules}]
evaluation_interval: 5m
tests:
  - interval: 5m
    input_series:
      - series: engage_orders_total{{result="unjoined"}}
        values: 0+1x100
    alert_rule_test:
      - eval_time: 8h
        alertname: EngageOrdersUnjoined
        exp_alerts:
          - exp_labels: {{severity: ticket}}
            exp_annotations:
              summary: {summary}
              runbook: docs/RUNBOOK.md#engageordersunjoined
"""
