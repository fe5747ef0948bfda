"""Who may talk to whom, by the network policies: worked out as a cluster's network would."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

from argus_local.kubernetes.manifests import Manifest, of_kind, pods, selects


class Edge(NamedTuple):
    """A conversation that is allowed: who begins it, with whom, at which port."""

    client: str
    server: str
    port: int


@dataclass(frozen=True)
class Party:
    """Somebody who may be at one end: a pod of ours, a pod elsewhere, or an address outside of the cluster."""

    name: str
    labels: dict[str, str] = field(default_factory=dict)
    # None is our own.
    namespace: dict[str, str] | None = None
    address: str | None = None
    ports: frozenset[int] = frozenset()
    port_names: dict[str, int] = field(default_factory=dict)

    @property
    def ours(self) -> bool:
        """Whether our policies speak for it."""
        return self.namespace is None and self.address is None


def _elsewhere(name: str) -> dict[str, str]:
    return {"kubernetes.io/metadata.name": name}


# A port that nobody opens shows a rule that forgot to name any.
_UNUSED: Final = 4444
CLIENT_LABEL: Final = {"argus-monitor/client": "true"}
OTHERS: Final = (
    Party("kube-dns", {"k8s-app": "kube-dns"}, _elsewhere("kube-system"), ports=frozenset({53, _UNUSED})),
    Party("client", CLIENT_LABEL, ports=frozenset({_UNUSED})),
    Party("client elsewhere", CLIENT_LABEL, _elsewhere("bank"), ports=frozenset({_UNUSED})),
    Party("ingress controller", {}, _elsewhere("ingress-nginx"), ports=frozenset({_UNUSED})),
    Party("KEDA", {"app": "keda-operator"}, _elsewhere("keda"), ports=frozenset({_UNUSED})),
    Party("operator's Prometheus", {"app.kubernetes.io/name": "prometheus"}, _elsewhere("monitoring")),
    Party("stranger", {"app": "stranger"}, ports=frozenset({80, _UNUSED})),
    Party("stranger elsewhere", {"app": "stranger"}, _elsewhere("default"), ports=frozenset({80, _UNUSED})),
    Party("private address", address="10.9.8.7", ports=frozenset({443, 5432, 6379, _UNUSED})),
    Party("internet", address="203.0.113.7", ports=frozenset({80, 443, 5432, 6379, _UNUSED})),
)


def edges(manifests: list[Manifest]) -> set[Edge]:
    """All conversations that the policies allow, among our pods and with others."""
    return _walk(manifests)[0]


def one_sided(manifests: list[Manifest]) -> set[Edge]:
    """Conversations that one end may have and the other may not: a slip in one of two policies."""
    return _walk(manifests)[1]


def _walk(manifests: list[Manifest]) -> tuple[set[Edge], set[Edge]]:
    policies = of_kind(manifests, "NetworkPolicy")
    ours = {
        pod.name: Party(pod.name, pod.labels, ports=frozenset({*pod.ports.values(), _UNUSED}), port_names=pod.ports)
        for pod in pods(manifests)
    }
    both, half = set(), set()
    for client, server in product([*ours.values(), *OTHERS], repeat=2):
        # What others do among themselves is none of our business, nor what a pod does with its like.
        if client == server or not (client.name in ours or server.name in ours):
            continue
        for port in server.ports:
            sent = not client.ours or _allows(policies, "egress", client, server, port)
            taken = not server.ours or _allows(policies, "ingress", server, client, port)
            if sent and taken:
                both.add(Edge(client.name, server.name, port))
            elif client.name in ours and server.name in ours and sent != taken:
                half.add(Edge(client.name, server.name, port))
    return both, half


def isolated(manifests: list[Manifest], labels: dict[str, str], direction: str) -> bool:
    """Whether some policy speaks for a pod in this direction, so that what none allows is refused."""
    return any(_speaks_for(policy, labels, direction) for policy in of_kind(manifests, "NetworkPolicy"))


def _speaks_for(policy: Manifest, labels: dict[str, str], direction: str) -> bool:
    spec = policy["spec"]
    return direction.capitalize() in spec["policyTypes"] and selects(spec["podSelector"], labels)


def _allows(policies: Iterable[Manifest], direction: str, pod: Party, peer: Party, port: int) -> bool:
    speaking = [policy for policy in policies if _speaks_for(policy, pod.labels, direction)]
    if not speaking:
        return True
    whom = "to" if direction == "egress" else "from"
    # A port's name is the name that the pod at its end gives it.
    names = (peer if direction == "egress" else pod).port_names
    return any(
        _port_matches(rule, port, names) and (whom not in rule or any(_is(peer, each) for each in rule[whom]))
        for policy in speaking
        for rule in policy["spec"].get(direction, [])
    )


def _port_matches(rule: dict[str, Any], port: int, names: dict[str, int]) -> bool:
    if not rule.get("ports"):
        return True
    for each in rule["ports"]:
        first = names.get(each["port"], -1) if isinstance(each["port"], str) else each["port"]
        if first <= port <= each.get("endPort", first):
            return True
    return False


def _is(peer: Party, said: dict[str, Any]) -> bool:
    if "ipBlock" in said:
        # A block may well cover the pods of a cluster, but whether it applies to them is left to each network.
        block = said["ipBlock"]
        if peer.address is None or ipaddress.ip_address(peer.address) not in ipaddress.ip_network(block["cidr"]):
            return False
        return not any(
            ipaddress.ip_address(peer.address) in ipaddress.ip_network(each) for each in block.get("except", [])
        )
    if peer.address is not None:
        return False
    namespace = said.get("namespaceSelector")
    if namespace is None:
        return peer.namespace is None and selects(said.get("podSelector", {}), peer.labels)
    there = peer.namespace if peer.namespace is not None else _elsewhere("argus")
    return selects(namespace, there) and selects(said.get("podSelector", {}), peer.labels)


def documented(document: Path, *where: str) -> set[Edge]:
    """The table of conversations in the documentation, as far as it is about ``where``: an overlay, a component."""
    row = re.compile(r"^\| ([^|]+) \| ([^|]+) \| (\d+) \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
    found = set()
    for clients, servers, port, said in row.findall(document.read_text()):
        if said.strip() in {"both", *where}:
            for client, server in product(clients.split(","), servers.split(",")):
                found.add(Edge(client.strip().strip("`"), server.strip().strip("`"), int(port)))
    return found
