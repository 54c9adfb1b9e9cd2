{{/* What the pods of server, worker and jobs have in common. */}}

{{- define "timekeeper.podSecurity" -}}
serviceAccountName: {{ include "timekeeper.name" . }}
automountServiceAccountToken: false
# Node as the first process would ignore signals until it has handlers for them.
shareProcessNamespace: true
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- end -}}

{{- define "timekeeper.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "timekeeper.envFrom" -}}
- configMapRef:
    name: {{ include "timekeeper.name" . }}
{{- with include "timekeeper.secretName" . }}
- secretRef:
    name: {{ . }}
{{- end }}
{{- end -}}

{{- define "timekeeper.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
{{- if .Values.temporal.tls.secretName }}
- name: temporal-tls
  mountPath: /etc/temporal-tls
  readOnly: true
{{- end }}
{{- end -}}

{{- define "timekeeper.volumes" -}}
- name: tmp
  emptyDir: {}
{{- with .Values.temporal.tls.secretName }}
- name: temporal-tls
  secret:
    secretName: {{ . }}
{{- end }}
{{- end -}}

{{/* Of server and worker: (list . "server" 3000). Live restarts a pod, ready gives it requests. */}}
{{- define "timekeeper.probes" -}}
startupProbe:
  httpGet: { path: /health/live, port: {{ index . 1 }} }
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /health/live, port: {{ index . 1 }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /health/ready, port: {{ index . 1 }} }
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
{{- end -}}

{{/* A change of the configuration restarts the pods. */}}
{{- define "timekeeper.podAnnotations" -}}
checksum/config: {{ include (print .Template.BasePath "/configmap.yaml") . | sha256sum }}
{{- if .Values.secrets.values }}
checksum/secrets: {{ .Values.secrets.values | toJson | sha256sum }}
{{- end }}
{{- end -}}

{{- define "timekeeper.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "timekeeper.selector" . | nindent 8 }}
{{- end -}}

{{- define "timekeeper.buildId" -}}
{{ .Values.worker.versioning.buildId | default (.Values.image.tag | default .Chart.AppVersion) }}
{{- end -}}
