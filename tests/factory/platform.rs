//! What runs where there is no CodeBuild: workflows of GitHub, manifests of Kubernetes, rules of Prometheus, dashboards.
