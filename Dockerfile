# Server and worker in one image. Debian, not Alpine: the Temporal worker has no binary for musl.
FROM node:24.21.0-bookworm-slim AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

FROM base AS build
RUN npm ci
COPY . .
RUN npm run build

FROM base AS production-dependencies
RUN npm ci --omit=dev

FROM node:24.21.0-bookworm-slim
# The worker's TLS trusts the system's certificates, and the slim image has none. Always the newest: old ones expire.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json ./
COPY --from=production-dependencies /app/node_modules node_modules
COPY --from=build /app/dist/workflow-bundle*.js dist/
COPY libs/database/migrations libs/database/migrations
COPY --from=build /app/dist/libs dist/libs
COPY --from=build /app/dist/apps dist/apps
# What an operator runs beside them.
COPY --from=build /app/dist/scripts/deployment.js /app/dist/scripts/reseal.js dist/scripts/
# Loopback, the default elsewhere, cannot be reached from outside a container.
ENV HOST=0.0.0.0
# Names are looked up in threads: of 4, the default, a few names that do not resolve would hold up all others.
ENV UV_THREADPOOL_SIZE=64
EXPOSE 3000 3001
# The user node, as a number: so Kubernetes can tell that it is not root.
USER 1000:1000
CMD ["node", "dist/apps/server/src/main.js"]
