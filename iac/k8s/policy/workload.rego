# What is required of a workload, for Open Policy Agent. The ids are those of the policy `workload-hardening`.
#
# The input is what `judge` makes: {"registry": "HOST", "objects": [each manifest]}. Over anything else, and where no
# container is found, `deny` is undefined: `gate` takes that for a scan of nothing, which is an error. An empty set would
# be a pass of what nobody looked at.
package gate.workload

import rego.v1

deny := unmet if count(containers) > 0

# Wherever containers stand: in a pod, in the template of a deployment or cron job, in a kind that is not known here.
specs contains [object.get(document, "kind", "?"), spec] if {
	some document in input.objects
	walk(document, [_, spec])
	is_array(spec.containers)
}

containers contains {"kind": kind, "spec": spec, "container": container, "serves": serves} if {
	some [kind, spec] in specs
	some list, serves in {"containers": kind in long_lived, "initContainers": false, "ephemeralContainers": false}
	some container in spec[list]
}

# What ends by itself needs no probe.
long_lived := {"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"}

unmet contains finding("run-as-non-root", one, "may run as root: set runAsNonRoot") if {
	some one in containers
	not runs_as_user(one)
}

unmet contains finding("resource-limits", one, "has no resources.limits of cpu and memory") if {
	some one in containers
	some resource in ["cpu", "memory"]
	not one.container.resources.limits[resource]
}

unmet contains finding("no-privilege-escalation", one, "may gain privileges: set allowPrivilegeEscalation") if {
	some one in containers
	not escalation_is_off(one)
}

unmet contains finding("trusted-registry", one, "takes its image from no trusted registry, or not by digest") if {
	some one in containers
	not image_is_trusted(one)
}

unmet contains finding("read-only-root-filesystem", one, "can write its root: set readOnlyRootFilesystem") if {
	some one in containers
	object.get(one.container, ["securityContext", "readOnlyRootFilesystem"], false) != true
}

unmet contains finding("liveness-probe", one, "has no livenessProbe") if {
	some one in containers
	one.serves
	not one.container.livenessProbe
}

unmet contains finding("readiness-probe", one, "has no readinessProbe") if {
	some one in containers
	one.serves
	not one.container.readinessProbe
}

# What a container says goes before what its pod says.
runs_as_user(one) if {
	of_pod := object.get(one.spec, ["securityContext"], {})
	both := object.union(of_pod, object.get(one.container, ["securityContext"], {}))
	both.runAsNonRoot == true
	object.get(both, "runAsUser", 1) > 0
}

escalation_is_off(one) if {
	one.container.securityContext.allowPrivilegeEscalation == false
	object.get(one.container, ["securityContext", "privileged"], false) == false
}

# The registry of the image that was judged, which has to be one of ECR; and by digest, since a tag can be moved.
image_is_trusted(one) if {
	regex.match(`^[0-9]{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$`, input.registry)
	startswith(one.container.image, concat("", [input.registry, "/"]))
	regex.match(`@sha256:[0-9a-f]{64}$`, one.container.image)
}

finding(id, one, message) := {
	"id": id,
	"msg": concat(" ", ["container", object.get(one.container, "name", "?"), "of a", one.kind, message]),
}
