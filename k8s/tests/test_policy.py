"""The policy catches what it is there to catch: each rule is broken once."""

import pytest
from argus_local.kubernetes import network, object_policy, overlays
from manifest_tools import one, pod_of


def web(manifests):
    return pod_of(manifests, "Deployment", "web")


def container(manifests):
    return web(manifests)["containers"][0]


def set_in(find, key, value):
    return lambda manifests: find(manifests).__setitem__(key, value)


def drop(find, key):
    return lambda manifests: find(manifests).pop(key)


def deployment(manifests):
    return one(manifests, "Deployment", "web")["spec"]


def cronjob(manifests):
    return one(manifests, "CronJob", "trainer")["spec"]


def job(manifests):
    return one(manifests, "Job", "migrate")


def add(manifest):
    return lambda manifests: manifests.append(manifest)


def without(kind, name):
    return lambda manifests: manifests.remove(one(manifests, kind, name))


ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "metadata": {"name": "r", "namespace": "argus-dev"},
}

BROKEN = {
    # identity
    "its service account is mounted": (drop(web, "automountServiceAccountToken"), "a token of its service account"),
    "it runs as default": (drop(web, "serviceAccountName"), "the namespace's default service account"),
    "an account that is not there": (set_in(web, "serviceAccountName", "nobody"), "nobody is not among the manifests"),
    "an account that gives out tokens": (
        lambda m: one(m, "ServiceAccount", "web").pop("automountServiceAccountToken"), "gives out tokens",
    ),
    "service links": (drop(web, "enableServiceLinks"), "enableServiceLinks"),
    "no label": (
        lambda m: deployment(m)["template"]["metadata"]["labels"].pop("app.kubernetes.io/part-of"), "part-of is",
    ),
    # security
    "as root": (lambda m: web(m)["securityContext"].update(runAsUser=0), "runAsUser is not a number above 0"),
    "perhaps as root": (lambda m: web(m)["securityContext"].pop("runAsNonRoot"), "runAsNonRoot is not true"),
    "unconfined": (
        lambda m: web(m)["securityContext"].update(seccompProfile={"type": "Unconfined"}), "seccompProfile is not",
    ),
    "the node's network": (set_in(web, "hostNetwork", True), "hostNetwork is set"),
    "a group without care": (lambda m: web(m)["securityContext"].update(fsGroup=5), "fsGroupChangePolicy"),
    "escalation": (
        lambda m: container(m)["securityContext"].pop("allowPrivilegeEscalation"), "allowPrivilegeEscalation is not",
    ),
    "a writable root": (
        lambda m: container(m)["securityContext"].update(readOnlyRootFilesystem=False), "readOnlyRootFilesystem is not",
    ),
    "capabilities": (lambda m: container(m)["securityContext"].pop("capabilities"), "drop ALL capabilities"),
    "a capability too many": (
        lambda m: container(m)["securityContext"]["capabilities"].update(add=["NET_RAW"]), "drop ALL capabilities",
    ),
    "an init container too": (
        lambda m: web(m)["initContainers"][0]["securityContext"].pop("capabilities"), "wait-for-migrations: it",
    ),
    "privileged": (lambda m: container(m)["securityContext"].update(privileged=True), "it is privileged"),
    "one container another user": (
        lambda m: container(m)["securityContext"].update(runAsUser=0), "runAsUser belongs to the pod",
    ),
    "a port of the node": (lambda m: container(m)["ports"][0].update(hostPort=80), "takes a port of the node"),
    # volumes
    "a path of the node": (
        lambda m: web(m)["volumes"].append({"name": "x", "hostPath": {"path": "/"}}), "not allowed: hostPath",
    ),
    "an endless volume": (lambda m: web(m)["volumes"][0].update(emptyDir={}), "has no sizeLimit"),
    "a token by another way": (
        lambda m: web(m)["volumes"].append({"name": "x", "projected": {"sources": [{"serviceAccountToken": {}}]}}),
        "holds a token",
    ),
    "a mount where no folder can be made": (
        lambda m: container(m)["volumeMounts"].append({"name": "tmp", "mountPath": "/run/secrets/web/x"}),
        "/run/secrets/web/x is mounted inside a read-only volume",
    ),
    # resources, images
    "no limit": (lambda m: container(m)["resources"]["limits"].pop("memory"), "no limits for memory"),
    "no request": (lambda m: container(m)["resources"].pop("requests"), "no requests for cpu"),
    "latest": (set_in(container, "image", "argus/web:latest"), "argus/web:latest is not pinned"),
    "no tag": (set_in(container, "image", "argus/web"), "argus/web is not pinned"),
    "somebody's image": (set_in(container, "image", "busybox:1"), "neither built here nor one of the public images"),
    "built by nobody": (set_in(container, "image", "argus/wep:0.1.0"), "built by no Dockerfile"),
    "pulled each time": (set_in(container, "imagePullPolicy", "Always"), "imagePullPolicy is not IfNotPresent"),
    # probes and endings
    "not ready": (drop(container, "readinessProbe"), "no readinessProbe"),
    "not alive": (drop(container, "livenessProbe"), "no livenessProbe"),
    "not started": (drop(container, "startupProbe"), "no startupProbe"),
    "in a hurry": (lambda m: container(m)["livenessProbe"].pop("timeoutSeconds"), "less than two seconds"),
    "a port of nobody": (lambda m: container(m)["livenessProbe"]["httpGet"].update(port="web"), "none of its ports"),
    "restarted for the database": (
        lambda m: container(m)["livenessProbe"]["httpGet"].update(path="/readyz"), "would not bring back",
    ),
    "killed while it pauses": (set_in(web, "terminationGracePeriodSeconds", 15), "less than ten seconds"),
    # objects
    "no budget": (without("PodDisruptionBudget", "web"), "0 disruption budgets select it"),
    "gone before others come": (drop(deployment, "strategy"), "may take pods away before others are there"),
    "on one node": (drop(web, "topologySpreadConstraints"), "not spread over nodes and zones"),
    "spreads others": (
        lambda m: web(m)["topologySpreadConstraints"][0].update(labelSelector={"matchLabels": {"a": ""}}), "other pods",
    ),
    "two trainings": (set_in(cronjob, "concurrencyPolicy", "Allow"), "two may run at once"),
    "trainings late": (drop(cronjob, "startingDeadlineSeconds"), "startingDeadlineSeconds is missing"),
    "trainings without end": (
        lambda m: cronjob(m)["jobTemplate"]["spec"].pop("activeDeadlineSeconds"), "activeDeadlineSeconds is missing",
    ),
    "trainings again and again": (
        lambda m: pod_of(m, "CronJob", "trainer").update(restartPolicy="Always"), "restartPolicy Never or OnFailure",
    ),
    "a job for good": (lambda m: job(m)["spec"].pop("ttlSecondsAfterFinished"), "ttlSecondsAfterFinished"),
    "a job of another version": (lambda m: job(m)["metadata"].update(name="migrate"), "not end with its image's tag"),
    "keeps nothing": (lambda m: one(m, "StatefulSet", "redis")["spec"].pop("volumeClaimTemplates"), "it keeps nothing"),
    "a role": (add(ROLE), "Role/r: this kind has no place here"),
    "no namespace": (lambda m: one(m, "Service", "web")["metadata"].pop("namespace"), "it has no namespace"),
    "another's namespace": (lambda m: one(m, "Service", "web")["metadata"].update(namespace="x"), "other namespaces"),
    "any pod is let in": (
        lambda m: one(m, "Namespace", "argus-dev")["metadata"]["labels"].pop("pod-security.kubernetes.io/enforce"),
        "does not enforce the restricted standard",
    ),
    "a service of nobody": (
        lambda m: one(m, "Service", "web")["spec"].update(selector={"app": "web"}), "selects 0 kinds of pods",
    ),
    "a service to no port": (
        lambda m: one(m, "Service", "web")["spec"]["ports"][0].update(targetPort="metrics"), "have no port metrics",
    ),
    "a service for the world": (lambda m: one(m, "Service", "web")["spec"].update(type="NodePort"), "open to the"),
    "settings that are not there": (without("ConfigMap", "argus-web"), "there is no ConfigMap argus-web"),
    "a secret that is not there": (without("Secret", "argus-mlflow"), "there is no Secret argus-mlflow"),
    # network
    "nothing denied": (without("NetworkPolicy", "deny-all"), "no network policy speaks for its ingress"),
    "half a conversation": (
        without("NetworkPolicy", "postgres-clients"), "web and postgres at 5432: one of the two may, the other may not",
    ),
    "the other half": (without("NetworkPolicy", "redis"), "web and redis at 6379: one of the two may"),
}  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
def test_what_is_broken_is_found(fresh, how):
    breaking, said = BROKEN[how]
    manifests = fresh("dev")
    breaking(manifests)
    assert said in "\n".join(object_policy.findings(manifests))


def test_replicas_beside_an_autoscaler_are_found(fresh):
    manifests = fresh("production")
    deployment(manifests)["replicas"] = 3
    assert "its replicas are set here and by an autoscaler" in "\n".join(object_policy.findings(manifests))


@pytest.mark.parametrize(
    ("variant", "kind", "name", "breaking", "said"),
    [
        (
            "servicemonitors",
            "ServiceMonitor",
            "argus-web",
            {"selector": {"matchLabels": {"a": "b"}}},
            "selects 0 services",
        ),
        (
            "servicemonitors",
            "ServiceMonitor",
            "argus-web",
            {"endpoints": [{"port": "metrics"}]},
            "web-pods has no such port",
        ),
        ("keda", "ScaledObject", "worker", {"scaleTargetRef": {"name": "workers"}}, "there is no Deployment workers"),
        ("production", "HorizontalPodAutoscaler", "web", {"scaleTargetRef": {"name": "w"}}, "there is no Deployment w"),
    ],
)
def test_references_to_nothing_are_found(fresh, variant, kind, name, breaking, said):
    manifests = fresh(variant)
    one(manifests, kind, name)["spec"].update(breaking)
    assert said in "\n".join(overlays.extras(manifests))


def test_strangers_reach_nothing_and_databases_reach_nobody(rendered):
    for name in ("dev", "production", "keda", "servicemonitors"):
        for edge in network.edges(rendered[name]):
            assert "stranger" not in edge.client + edge.server, (name, edge)
            assert edge.server != "internet", (name, edge)
            assert edge.client not in {"postgres", "redis", "alertmanager", "internet"}, (name, edge)


@pytest.mark.parametrize(
    ("rule", "edge"),
    [
        ({"from": [{"podSelector": {}}]}, network.Edge("stranger", "web", 8000)),
        ({}, network.Edge("stranger elsewhere", "web", 8000)),
        ({"from": [{"namespaceSelector": {}}]}, network.Edge("stranger elsewhere", "web", 8000)),
        ({"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, network.Edge("internet", "web", 8000)),
        (
            {"from": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["203.0.113.0/24"]}}]},
            network.Edge("private address", "web", 8000),
        ),
        ({"from": [{"podSelector": {}}], "ports": [{"port": "http"}]}, network.Edge("worker", "web", 8000)),
        ({"from": [{"podSelector": {}}], "ports": [{"port": 1, "endPort": 9000}]}, network.Edge("worker", "web", 8000)),
    ],
)
def test_a_rule_that_lets_in_too_many_is_seen_through(fresh, rule, edge):
    manifests = fresh("dev")
    egress = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}
    manifests += [
        {"kind": "NetworkPolicy", "metadata": {"name": "out"}, "spec": egress},
        {
            "kind": "NetworkPolicy",
            "metadata": {"name": "in"},
            "spec": {
                "podSelector": {"matchLabels": {"app.kubernetes.io/name": "web"}},
                "policyTypes": ["Ingress"],
                "ingress": [rule],
            },
        },
    ]
    assert edge in network.edges(manifests)
    if "except" in str(rule):
        assert network.Edge("internet", "web", 8000) not in network.edges(manifests)
