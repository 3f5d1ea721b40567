//! The table of defaults: a path and the JSON that stands there when nothing else does. A path leads through what is
//! there; what must be made on the way has a line of its own before. `a[]` are all elements of a list, `a[k=v]` holds
//! only where `k` is `v`, `@pod` stands for the defaults of a pod.

type Paths = &'static [(&'static str, &'static str)];

pub(super) const KINDS: &[(&str, &str, Paths)] = &[
    ("", "Pod", &[("spec.@pod", ""), ("spec.enableServiceLinks", "true")]),
    ("", "PodTemplate", &[("template.spec.@pod", "")]),
    ("", "ReplicationController", &[("spec.replicas", "1"), ("spec.template.spec.@pod", "")]),
    ("apps", "ReplicaSet", &[("spec.replicas", "1"), ("spec.template.spec.@pod", "")]),
    (
        "apps",
        "Deployment",
        &[
            ("spec.replicas", "1"),
            ("spec.template.spec.@pod", ""),
            ("spec.strategy", "{}"),
            ("spec.strategy.type", r#""RollingUpdate""#),
            ("spec.strategy[type=RollingUpdate].rollingUpdate", "{}"),
            ("spec.strategy.rollingUpdate.maxUnavailable", r#""25%""#),
            ("spec.strategy.rollingUpdate.maxSurge", r#""25%""#),
            ("spec.revisionHistoryLimit", "10"),
            ("spec.progressDeadlineSeconds", "600"),
        ],
    ),
    (
        "apps",
        "StatefulSet",
        &[
            ("spec.replicas", "1"),
            ("spec.template.spec.@pod", ""),
            ("spec.podManagementPolicy", r#""OrderedReady""#),
            ("spec.updateStrategy", "{}"),
            ("spec.updateStrategy.type", r#""RollingUpdate""#),
            ("spec.updateStrategy[type=RollingUpdate].rollingUpdate", "{}"),
            ("spec.updateStrategy.rollingUpdate.partition", "0"),
            ("spec.updateStrategy.rollingUpdate.maxUnavailable", "1"),
            ("spec.revisionHistoryLimit", "10"),
            ("spec.persistentVolumeClaimRetentionPolicy", "{}"),
            ("spec.persistentVolumeClaimRetentionPolicy.whenDeleted", r#""Retain""#),
            ("spec.persistentVolumeClaimRetentionPolicy.whenScaled", r#""Retain""#),
            ("spec.volumeClaimTemplates[].apiVersion", r#""v1""#),
            ("spec.volumeClaimTemplates[].kind", r#""PersistentVolumeClaim""#),
            ("spec.volumeClaimTemplates[].spec.volumeMode", r#""Filesystem""#),
            ("spec.volumeClaimTemplates[].status", "{}"),
            ("spec.volumeClaimTemplates[].status.phase", r#""Pending""#),
        ],
    ),
    (
        "apps",
        "DaemonSet",
        &[
            ("spec.template.spec.@pod", ""),
            ("spec.updateStrategy", "{}"),
            ("spec.updateStrategy.type", r#""RollingUpdate""#),
            ("spec.updateStrategy[type=RollingUpdate].rollingUpdate", "{}"),
            ("spec.updateStrategy.rollingUpdate.maxUnavailable", "1"),
            ("spec.updateStrategy.rollingUpdate.maxSurge", "0"),
            ("spec.revisionHistoryLimit", "10"),
        ],
    ),
    (
        "batch",
        "Job",
        &[
            ("spec.template.spec.@pod", ""),
            ("spec.backoffLimit", "6"),
            ("spec.completionMode", r#""NonIndexed""#),
            ("spec.suspend", "false"),
            ("spec.podReplacementPolicy", r#""TerminatingOrFailed""#),
        ],
    ),
    (
        "batch",
        "CronJob",
        &[
            ("spec.jobTemplate.spec.template.spec.@pod", ""),
            ("spec.concurrencyPolicy", r#""Allow""#),
            ("spec.suspend", "false"),
            ("spec.successfulJobsHistoryLimit", "3"),
            ("spec.failedJobsHistoryLimit", "1"),
        ],
    ),
    (
        "",
        "Service",
        &[
            ("spec.type", r#""ClusterIP""#),
            ("spec.sessionAffinity", r#""None""#),
            ("spec[sessionAffinity=ClientIP].sessionAffinityConfig", "{}"),
            ("spec.sessionAffinityConfig.clientIP", "{}"),
            ("spec.sessionAffinityConfig.clientIP.timeoutSeconds", "10800"),
            ("spec.ports[].protocol", r#""TCP""#),
        ],
    ),
    ("", "Endpoints", &[("subsets[].ports[].protocol", r#""TCP""#)]),
    ("", "Secret", &[("type", r#""Opaque""#)]),
    (
        "",
        "PersistentVolume",
        &[
            ("spec.persistentVolumeReclaimPolicy", r#""Retain""#),
            ("spec.volumeMode", r#""Filesystem""#),
            ("spec.hostPath.type", r#""""#),
        ],
    ),
    ("", "PersistentVolumeClaim", &[("spec.volumeMode", r#""Filesystem""#)]),
    ("discovery.k8s.io", "EndpointSlice", &[("ports[].protocol", r#""TCP""#), ("ports[].name", r#""""#)]),
    ("storage.k8s.io", "StorageClass", &[("reclaimPolicy", r#""Delete""#), ("volumeBindingMode", r#""Immediate""#)]),
    (
        "storage.k8s.io",
        "CSIDriver",
        &[
            ("spec.attachRequired", "true"),
            ("spec.podInfoOnMount", "false"),
            ("spec.storageCapacity", "false"),
            ("spec.fsGroupPolicy", r#""ReadWriteOnceWithFSType""#),
            ("spec.requiresRepublish", "false"),
            ("spec.volumeLifecycleModes", r#"["Persistent"]"#),
            ("spec.seLinuxMount", "false"),
        ],
    ),
    ("autoscaling", "HorizontalPodAutoscaler", &[("spec.minReplicas", "1")]),
    (
        "networking.k8s.io",
        "NetworkPolicy",
        &[("spec.ingress[].ports[].protocol", r#""TCP""#), ("spec.egress[].ports[].protocol", r#""TCP""#)],
    ),
    ("networking.k8s.io", "IngressClass", &[("spec.parameters.scope", r#""Cluster""#)]),
    ("rbac.authorization.k8s.io", "RoleBinding", RBAC),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", RBAC),
    ("scheduling.k8s.io", "PriorityClass", &[("preemptionPolicy", r#""PreemptLowerPriority""#)]),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", WEBHOOK),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration", WEBHOOK),
    (
        "admissionregistration.k8s.io",
        "MutatingWebhookConfiguration",
        &[("webhooks[].reinvocationPolicy", r#""Never""#)],
    ),
    (
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        &[("spec.conversion", "{}"), ("spec.conversion.strategy", r#""None""#)],
    ),
];

const RBAC: Paths = &[
    ("roleRef.apiGroup", r#""rbac.authorization.k8s.io""#),
    ("subjects[][kind=User].apiGroup", r#""rbac.authorization.k8s.io""#),
    ("subjects[][kind=Group].apiGroup", r#""rbac.authorization.k8s.io""#),
];

const WEBHOOK: Paths = &[
    ("webhooks[].failurePolicy", r#""Fail""#),
    ("webhooks[].matchPolicy", r#""Equivalent""#),
    ("webhooks[].timeoutSeconds", "10"),
    ("webhooks[].namespaceSelector", "{}"),
    ("webhooks[].objectSelector", "{}"),
    ("webhooks[].rules[].scope", r#""*""#),
    ("webhooks[].clientConfig.service.port", "443"),
];

pub(super) const POD: Paths = &[
    ("restartPolicy", r#""Always""#),
    ("terminationGracePeriodSeconds", "30"),
    ("dnsPolicy", r#""ClusterFirst""#),
    ("securityContext", "{}"),
    ("schedulerName", r#""default-scheduler""#),
    ("volumes[].secret.defaultMode", "420"),
    ("volumes[].configMap.defaultMode", "420"),
    ("volumes[].downwardAPI.defaultMode", "420"),
    ("volumes[].downwardAPI.items[].fieldRef.apiVersion", r#""v1""#),
    ("volumes[].projected.defaultMode", "420"),
    ("volumes[].projected.sources[].serviceAccountToken.expirationSeconds", "3600"),
    ("volumes[].projected.sources[].downwardAPI.items[].fieldRef.apiVersion", r#""v1""#),
    ("volumes[].hostPath.type", r#""""#),
    ("volumes[].ephemeral.volumeClaimTemplate.spec.volumeMode", r#""Filesystem""#),
];

pub(super) const CONTAINER: Paths = &[
    ("resources", "{}"),
    ("terminationMessagePath", r#""/dev/termination-log""#),
    ("terminationMessagePolicy", r#""File""#),
    ("ports[].protocol", r#""TCP""#),
    ("env[].valueFrom.fieldRef.apiVersion", r#""v1""#),
    ("lifecycle.postStart.httpGet.path", r#""/""#),
    ("lifecycle.postStart.httpGet.scheme", r#""HTTP""#),
    ("lifecycle.preStop.httpGet.path", r#""/""#),
    ("lifecycle.preStop.httpGet.scheme", r#""HTTP""#),
];

pub(super) const PROBE: Paths = &[
    ("timeoutSeconds", "1"),
    ("periodSeconds", "10"),
    ("successThreshold", "1"),
    ("failureThreshold", "3"),
    ("httpGet.path", r#""/""#),
    ("httpGet.scheme", r#""HTTP""#),
    ("grpc.service", r#""""#),
];
