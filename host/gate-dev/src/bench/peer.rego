# The severity budget's question over a Trivy report, for an engine that reads Rego: are there more findings of a level
# than allowed? The budgets are those of the gate's standard profile; other levels have none.
package gate

budgets := {"CRITICAL": 0, "HIGH": 0, "UNKNOWN": 0}

# One pass over the report, for the levels that have a budget.
levels := [vulnerability.Severity |
	some result in input.Results
	some vulnerability in result.Vulnerabilities
	budgets[vulnerability.Severity] >= 0
]

counted[level] := number if {
	some level, budget in budgets
	number := count([found | some found in levels; found == level])
	number > budget
}

default outcome := "pass"

outcome := "fail" if count(counted) > 0

verdict := {
	"outcome": outcome,
	"counted": sum([number | some number in counted]),
}
