"""The manifests of k8s/: rendered, checked against schemas and policy, and rehearsed with Docker."""
