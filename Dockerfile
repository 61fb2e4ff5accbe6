# One bundled file on a slim Node, as a user without rights. Nothing is written to the file system.
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=optional
COPY tsconfig.json ./
COPY src src
COPY schemas schemas
RUN npm run build

FROM node:24-slim
ENV NODE_ENV=production
# What was freed goes back to the system: glibc would keep a heap for each thread, and whatever was once large.
ENV MALLOC_ARENA_MAX=1
ENV MALLOC_MMAP_THRESHOLD_=131072
ENV MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
COPY --from=build /build/dist/rolewarden.js /app/rolewarden.js
COPY LICENSE /app/LICENSE
USER node
EXPOSE 9464
# /healthz says whether the loop is alive; the port is spec.metrics.port of the ControllerConfig.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1 and handles SIGTERM itself. Its heap is bounded to several times what 5,000 roles need, instead of by the
# size of the machine; for many more roles, raise the number. It grows by fifths, and what sweeps leave behind is collected
# when they are done, for which the program needs the collector.
ENTRYPOINT ["node", "--max-old-space-size=512", "--max-semi-space-size=4", "--heap-growing-percent=20", "--expose-gc", "/app/rolewarden.js"]
CMD ["run", "--config", "/etc/rolewarden/rolewarden.yaml"]
