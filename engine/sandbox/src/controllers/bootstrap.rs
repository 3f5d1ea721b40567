//! What a new cluster holds.
use serde_json::json;

use super::Controllers;

pub(super) const NODE: &str = "sandbox-node";

impl Controllers {
    pub(crate) fn bootstrap(&self) {
        for namespace in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            self.create("namespaces", "", json!({"metadata": {"name": namespace}}));
        }
        if self.all {
            self.create_node();
            self.create(
                "storageclasses.storage.k8s.io",
                "",
                json!({"metadata": {"name": "standard",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
                "provisioner": "sandbox.rolewright.dev/provisioner", "reclaimPolicy": "Delete",
                "volumeBindingMode": "Immediate", "allowVolumeExpansion": true}),
            );
        }
        self.create("services", "default", json!({"metadata": {"name": "kubernetes",
            "labels": {"component": "apiserver", "provider": "kubernetes"}}, "spec": {"type": "ClusterIP",
            "clusterIP": "10.96.0.1", "ports": [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443}]}}));
        self.create_roles();
        self.settle();
    }

    /// The roles that bindings everywhere name; what they grant is told more simply than a real server does, and nobody
    /// checks it here.
    fn create_roles(&self) {
        let all = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
        let read = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]);
        let anything = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
            {"nonResourceURLs": ["*"], "verbs": ["*"]}]);
        let labels = json!({"kubernetes.io/bootstrapping": "rbac-defaults"});
        for (name, rules) in [("cluster-admin", &anything), ("admin", &all), ("edit", &all), ("view", &read)] {
            let role = json!({"metadata": {"name": name, "labels": labels}, "rules": rules});
            self.create("clusterroles.rbac.authorization.k8s.io", "", role);
        }
        let binding = json!({"metadata": {"name": "cluster-admin", "labels": labels},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:masters"}]});
        self.create("clusterrolebindings.rbac.authorization.k8s.io", "", binding);
    }

    fn create_node(&self) {
        let node = json!({"metadata": {"name": NODE, "labels": {"kubernetes.io/hostname": NODE,
            "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux",
            "beta.kubernetes.io/arch": "amd64", "node-role.kubernetes.io/control-plane": ""}},
            "spec": {"podCIDR": "10.244.0.0/16", "podCIDRs": ["10.244.0.0/16"],
                "providerID": format!("sandbox://{NODE}")}});
        let Some(node) = self.create("nodes", "", node) else { return };
        let condition = |kind: &str, status: &str, reason: &str, message: &str| {
            json!({"type": kind, "status": status, "reason": reason, "message": message,
                "lastHeartbeatTime": crate::api::now(), "lastTransitionTime": crate::api::now()})
        };
        let resources = json!({"cpu": "16", "memory": "65536Mi", "pods": "1000", "ephemeral-storage": "200Gi"});
        let version = "v1.37.0";
        let status = json!({"capacity": resources, "allocatable": resources,
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": NODE}],
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status")],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {"machineID": "sandbox", "systemUUID": "sandbox", "bootID": "sandbox",
                "kernelVersion": "6.0.0-sandbox", "osImage": "Rolewright sandbox",
                "containerRuntimeVersion": "sandbox://1.0", "kubeletVersion": version, "kubeProxyVersion": "",
                "operatingSystem": "linux", "architecture": "amd64"}});
        self.write(&node, "nodes", Some("status"), "kubelet", |value| value["status"] = status.clone());
        let lease = json!({"metadata": {"name": NODE}, "spec": {"holderIdentity": NODE, "leaseDurationSeconds": 40,
            "renewTime": crate::api::now_micro()}});
        self.create("leases.coordination.k8s.io", "kube-node-lease", lease);
    }
}
