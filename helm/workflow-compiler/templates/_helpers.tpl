{{- define "wfc.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "wfc.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "wfc.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What never changes in the life of a release: selectors cannot. */}}
{{- define "wfc.selectorLabels" -}}
app.kubernetes.io/name: {{ include "wfc.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "wfc.labels" -}}
{{ include "wfc.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "wfc.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "wfc.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The image of a slot: (dict "root" $ "slot" "a"). */}}
{{- define "wfc.image" -}}
{{- $own := (index .root.Values.rollout.slots .slot).image -}}
{{- $digest := default .root.Values.image.digest $own.digest -}}
{{- $tag := default (default .root.Chart.AppVersion .root.Values.image.tag) $own.tag -}}
{{- if and $digest (not $own.tag) -}}
{{- printf "%s@%s" .root.Values.image.repository $digest -}}
{{- else if $own.digest -}}
{{- printf "%s@%s" .root.Values.image.repository $own.digest -}}
{{- else -}}
{{- printf "%s:%s" .root.Values.image.repository $tag -}}
{{- end -}}
{{- end -}}

{{- define "wfc.otherSlot" -}}
{{- ternary "b" "a" (eq .Values.rollout.active "a") -}}
{{- end -}}

{{/* Whether the other slot runs: "true" or "". */}}
{{- define "wfc.otherRuns" -}}
{{- if or (and (eq .Values.rollout.strategy "blueGreen") .Values.rollout.blueGreen.preview) (and (eq .Values.rollout.strategy "canary") (gt (int .Values.rollout.canary.weight) 0)) -}}
true
{{- end -}}
{{- end -}}

{{/*
How many replicas of `total` a slot has: (dict "root" $ "slot" "a" "total" 3). In a canary without a gateway both slots share
them, at least one each; at 100 percent the old slot keeps all of its own, so that the way back is a change of the selector.
*/}}
{{- define "wfc.share" -}}
{{- $values := .root.Values -}}
{{- $total := int .total -}}
{{- $weight := int $values.rollout.canary.weight -}}
{{- $isActive := eq .slot $values.rollout.active -}}
{{- if and (eq $values.rollout.strategy "canary") (gt $weight 0) (lt $weight 100) (not $values.rollout.gateway.enabled) -}}
{{- $canary := max 1 (div (add (mul $total $weight) 99) 100) -}}
{{- if $isActive -}}{{ max 1 (sub $total $canary) }}{{- else -}}{{ $canary }}{{- end -}}
{{- else -}}
{{ $total }}
{{- end -}}
{{- end -}}

{{/* Which slot the main service leads to; empty: both, by their share of the replicas. */}}
{{- define "wfc.servingSlot" -}}
{{- $weight := int .Values.rollout.canary.weight -}}
{{- if and (eq .Values.rollout.strategy "canary") (gt $weight 0) -}}
{{- if eq $weight 100 -}}{{ include "wfc.otherSlot" . }}{{- end -}}
{{- else -}}
{{ .Values.rollout.active }}
{{- end -}}
{{- end -}}

{{- define "wfc.usesPostgres" -}}
{{- if or .Values.postgres.existingSecret (and .Values.externalSecrets.enabled .Values.externalSecrets.postgresKey) -}}true{{- end -}}
{{- end -}}

{{- define "wfc.usesRedis" -}}
{{- if or .Values.redis.existingSecret (and .Values.externalSecrets.enabled .Values.externalSecrets.redisKey) -}}true{{- end -}}
{{- end -}}

{{- define "wfc.postgresSecret" -}}
{{- default (printf "%s-postgres" (include "wfc.fullname" .)) .Values.postgres.existingSecret -}}
{{- end -}}

{{- define "wfc.redisSecret" -}}
{{- default (printf "%s-redis" (include "wfc.fullname" .)) .Values.redis.existingSecret -}}
{{- end -}}

{{/* Of the restricted profile (Pod Security Standards). */}}
{{- define "wfc.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "wfc.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{/* What the pods are told besides the ConfigMap. */}}
{{- define "wfc.secretEnv" -}}
{{- if include "wfc.usesPostgres" . }}
- name: WFC_STORE
  valueFrom: { secretKeyRef: { name: {{ include "wfc.postgresSecret" . }}, key: {{ .Values.postgres.key }} } }
{{- end }}
{{- if include "wfc.usesRedis" . }}
- name: WFC_REDIS_URL
  valueFrom: { secretKeyRef: { name: {{ include "wfc.redisSecret" . }}, key: {{ .Values.redis.key }} } }
{{- end }}
{{- end -}}
