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
app.kubernetes.io/name: {{ include "wfc.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "wfc.labels" -}}
{{ include "wfc.selectorLabels" . }}
app.kubernetes.io/version: {{ include "wfc.labelValue" .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | include "wfc.labelValue" | quote }}
{{- end -}}

{{/* A version may have a `+`, and be longer than a label. */}}
{{- define "wfc.labelValue" -}}
{{- regexReplaceAll "[^-A-Za-z0-9_.]" . "_" | trunc 63 | trimAll "-_." -}}
{{- end -}}

{{- define "wfc.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "wfc.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The image of a slot, (dict "root" $ "slot" "a"): what the slot says counts before `image`, and a digest before a tag. */}}
{{- define "wfc.image" -}}
{{- $own := (index .root.Values.rollout.slots .slot).image -}}
{{- $image := .root.Values.image -}}
{{- if or $own.tag $own.digest -}}{{- $image = merge (dict "repository" $image.repository) $own -}}{{- end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default .root.Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "wfc.otherSlot" -}}
{{- ternary "b" "a" (eq .Values.rollout.active "a") -}}
{{- end -}}

{{/* Whether the other slot runs: "true" or "". */}}
{{- define "wfc.otherRuns" -}}
{{- if and (not .Values.rollout.argo.enabled) (or .Values.rollout.preview (gt (int .Values.rollout.weight) 0)) -}}true{{- end -}}
{{- end -}}

{{/* The slots that run as deployments, one a line. With Argo there is one only while the rollout takes over. */}}
{{- define "wfc.slots" -}}
{{- if or (not .Values.rollout.argo.enabled) .Values.rollout.preview }}{{ .Values.rollout.active }}
{{ end -}}
{{- if include "wfc.otherRuns" . }}{{ include "wfc.otherSlot" . }}{{ end -}}
{{- end -}}

{{/*
How many replicas of `total` a slot has: (dict "root" $ "slot" "a" "total" 3). In a canary without a gateway both slots share
them, at least one each; at 100 percent the old slot keeps all of its own, so that the way back is a change of the selector.
*/}}
{{- define "wfc.share" -}}
{{- $rollout := .root.Values.rollout -}}
{{- $total := int .total -}}
{{- $weight := int $rollout.weight -}}
{{- if and (gt $weight 0) (lt $weight 100) (not $rollout.gateway.enabled) -}}
{{- $canary := max 1 (div (add (mul $total $weight) 99) 100) -}}
{{- if eq .slot $rollout.active -}}{{ max 1 (sub $total $canary) }}{{- else -}}{{ $canary }}{{- end -}}
{{- else -}}
{{ $total }}
{{- end -}}
{{- end -}}

{{/* Which slot the main service leads to; empty: all pods, by their share of the replicas. */}}
{{- define "wfc.servingSlot" -}}
{{- $rollout := .Values.rollout -}}
{{- $weight := int $rollout.weight -}}
{{- if eq $weight 100 -}}
{{ include "wfc.otherSlot" . }}
{{- else if and (not $rollout.argo.enabled) (or (eq $weight 0) $rollout.gateway.enabled) -}}
{{ $rollout.active }}
{{- end -}}
{{- end -}}

{{/* Seconds of a duration such as 500ms, 30s or 2m, rounded up. */}}
{{- define "wfc.seconds" -}}
{{- $number := regexFind "^[0-9]+" . | int -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- if eq $unit "ms" }}{{ div (add $number 999) 1000 }}
{{- else }}{{ mul $number (get (dict "s" 1 "m" 60 "h" 3600 "d" 86400) $unit | int) }}{{ end -}}
{{- end -}}

{{/* A setting as text. Numbers of values files are floating-point. */}}
{{- define "wfc.text" -}}
{{- if kindIs "slice" . }}{{ join "," . }}
{{- else if and (kindIs "float64" .) (eq (floor .) .) }}{{ int64 . }}
{{- else }}{{ . }}{{ end -}}
{{- end -}}

{{/* What the service is told, as data of a ConfigMap. */}}
{{- define "wfc.settings" -}}
{{- $variables := .Files.Get "files/settings.json" | fromJson -}}
{{- $ports := .Values.service.ports -}}
WFC_GRPC_ADDR: "0.0.0.0:{{ $ports.grpc }}"
WFC_OPERATIONS_ADDR: "{{ ternary "0.0.0.0" "127.0.0.1" .Values.operations.enabled }}:{{ $ports.operations }}"
WFC_HTTP_ADDR: "0.0.0.0:{{ $ports.http }}"
{{- if not (hasKey .Values.config "drainGrace") }}
WFC_DRAIN_GRACE: {{ include "wfc.drainGrace" . }}
{{- end }}
{{- if not (or (include "wfc.usesPostgres" .) (hasKey .Values.config "store")) }}
WFC_STORE: sqlite:/data/workflow-compiler.db
{{- end }}
{{- if and .Values.redis.enabled (not .Values.redis.existingSecret) }}
WFC_REDIS_URL: redis://{{ .Release.Name | trunc 50 | trimSuffix "-" }}-redis:6379
{{- end }}
{{- if .Values.components }}
WFC_COMPONENTS_DIR: /etc/workflow-compiler/components
{{- end }}
{{- if .Values.tls.existingSecret }}
WFC_TLS_CERT: /etc/workflow-compiler/tls/tls.crt
WFC_TLS_KEY: /etc/workflow-compiler/tls/tls.key
{{- end }}
{{- if .Values.tls.clientCa }}
WFC_TLS_CLIENT_CA: /etc/workflow-compiler/tls/ca.crt
{{- end }}
{{- range $name, $value := .Values.config }}
{{- $variable := get $variables $name | required (printf "config.%s is not a setting that can be made here; there are: %s" $name (keys $variables | sortAlpha | join ", ")) }}
{{ $variable }}: {{ include "wfc.text" $value | quote }}
{{- end }}
{{- end -}}

{{/* Clients that watch health learn of a stop before new calls are sent away. */}}
{{- define "wfc.drainGrace" -}}
{{- default "5s" .Values.config.drainGrace -}}
{{- end -}}

{{- define "wfc.usesPostgres" -}}
{{- if or .Values.postgres.existingSecret (and .Values.externalSecrets.enabled .Values.externalSecrets.postgresKey) -}}true{{- end -}}
{{- end -}}

{{- define "wfc.usesRedis" -}}
{{- if or .Values.redis.existingSecret .Values.redis.enabled (and .Values.externalSecrets.enabled .Values.externalSecrets.redisKey) -}}true{{- end -}}
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

{{- define "wfc.storeEnv" -}}
- name: WFC_STORE
  valueFrom: { secretKeyRef: { name: {{ include "wfc.postgresSecret" . | quote }}, key: {{ .Values.postgres.key | quote }} } }
{{- end -}}

{{/* What the pods are told besides the ConfigMap. */}}
{{- define "wfc.secretEnv" -}}
{{- if include "wfc.usesPostgres" . }}
{{ include "wfc.storeEnv" . }}
{{- end }}
{{- if and (include "wfc.usesRedis" .) (or .Values.redis.existingSecret (not .Values.redis.enabled)) }}
- name: WFC_REDIS_URL
  valueFrom: { secretKeyRef: { name: {{ include "wfc.redisSecret" . | quote }}, key: {{ .Values.redis.key | quote }} } }
{{- end }}
{{- end -}}

{{- define "wfc.pullSecrets" -}}
{{- with .Values.image.pullSecrets -}}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* So many percent of a memory limit in Mi or Gi: (dict "limit" "512Mi" "percent" 80). */}}
{{- define "wfc.memoryShare" -}}
{{- $mebibytes := 0 -}}
{{- if hasSuffix "Gi" .limit -}}
{{- $mebibytes = mulf 1024 (trimSuffix "Gi" .limit | float64) -}}
{{- else if hasSuffix "Mi" .limit -}}
{{- $mebibytes = trimSuffix "Mi" .limit | float64 -}}
{{- else -}}
{{- fail (printf "resources.limits.memory is %s; with autoscaling.enabled it must be in Mi or Gi" .limit) -}}
{{- end -}}
{{- printf "%dMi" (divf (mulf $mebibytes .percent) 100 | floor | int) -}}
{{- end -}}
