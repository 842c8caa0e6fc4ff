{{/* The pods of a slot, (dict "root" $ "slot" "a" "imageOf" "a"): what they are called and whose image they run. */}}
{{- define "wfc.pod" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
metadata:
  labels:
    {{- include "wfc.selectorLabels" $root | nindent 4 }}
    app.kubernetes.io/component: server
    workflow-compiler.dev/slot: {{ .slot }}
    {{- with $values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    # A change of the settings is a change of the pods; a new version of the chart alone is not.
    checksum/settings: {{ include "wfc.settings" $root | sha256sum }}
    {{- if $values.components }}
    checksum/components: {{ toJson $values.components | sha256sum }}
    {{- end }}
    {{- with $values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  serviceAccountName: {{ include "wfc.serviceAccountName" $root | quote }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with include "wfc.pullSecrets" $root }}{{ . | nindent 2 }}{{ end }}
  terminationGracePeriodSeconds: {{ $values.lifecycle.terminationGracePeriodSeconds }}
  {{- with $values.priorityClass.name }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  securityContext: {{- include "wfc.podSecurity" $root | nindent 4 }}
  containers:
    - name: server
      image: {{ include "wfc.image" (dict "root" $root "slot" .imageOf) }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      # The image has an init as its entry point.
      args: [node, server/main.ts]
      envFrom:
        - configMapRef: { name: {{ include "wfc.fullname" $root | quote }} }
      env:
        - name: WFC_REPLICA
          valueFrom: { fieldRef: { fieldPath: metadata.name } }
        - name: WFC_SLOT
          value: {{ .slot }}
        - name: NODE_COMPILE_CACHE
          value: /tmp/compile-cache
        {{- include "wfc.secretEnv" $root | nindent 8 }}
        {{- with $values.extraEnv }}{{ toYaml . | nindent 8 }}{{ end }}
      ports:
        - { name: grpc, containerPort: {{ $values.service.ports.grpc }} }
        - { name: operations, containerPort: {{ $values.service.ports.operations }} }
        - { name: http, containerPort: {{ $values.service.ports.http }} }
      # Kubernetes' gRPC probes speak no TLS; the health that HTTP tells is the same.
      startupProbe:
        {{- include "wfc.probe" (dict "root" $root "path" "/health/ready") | nindent 8 }}
        periodSeconds: 2
        failureThreshold: 45
      readinessProbe:
        {{- include "wfc.probe" (dict "root" $root "path" "/health/ready") | nindent 8 }}
        periodSeconds: 5
        failureThreshold: 2
      livenessProbe:
        httpGet: { port: http, path: /health/live }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      {{- if gt (int $values.lifecycle.preStopSeconds) 0 }}
      lifecycle:
        preStop:
          sleep: { seconds: {{ $values.lifecycle.preStopSeconds }} }
      {{- end }}
      resources: {{- toYaml $values.resources | nindent 8 }}
      securityContext: {{- include "wfc.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
        - { name: data, mountPath: /data }
        {{- if $values.components }}
        - { name: components, mountPath: /etc/workflow-compiler/components, readOnly: true }
        {{- end }}
        {{- if $values.tls.existingSecret }}
        - { name: tls, mountPath: /etc/workflow-compiler/tls, readOnly: true }
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: { sizeLimit: 256Mi }
    - name: data
      {{- if $values.persistence.enabled }}
      persistentVolumeClaim: { claimName: {{ default (include "wfc.fullname" $root) $values.persistence.existingClaim | quote }} }
      {{- else }}
      emptyDir: { sizeLimit: 1Gi }
      {{- end }}
    {{- if $values.components }}
    - name: components
      configMap: { name: {{ include "wfc.fullname" $root }}-components }
    {{- end }}
    {{- if $values.tls.existingSecret }}
    - name: tls
      secret: { secretName: {{ $values.tls.existingSecret | quote }} }
    {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if $values.topologySpread.enabled }}
  topologySpreadConstraints:
    {{- $slot := .slot }}
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: {{ $values.topologySpread.whenUnsatisfiable }}
      labelSelector:
        matchLabels:
          {{- include "wfc.selectorLabels" $root | nindent 10 }}
          app.kubernetes.io/component: server
      # Each revision spreads by itself: pods of the old one, which go, do not count.
      matchLabelKeys: [{{ ternary "rollouts-pod-template-hash" "pod-template-hash" (eq $slot "argo") }}]
    {{- end }}
  {{- end }}
{{- end -}}

{{- define "wfc.probe" -}}
{{- if .root.Values.tls.existingSecret -}}
httpGet: { port: http, path: {{ .path }} }
{{- else -}}
grpc: { port: {{ .root.Values.service.ports.grpc }} }
{{- end }}
timeoutSeconds: 3
{{- end -}}
