# One bundled file on a slim Node, as a user without rights. Nothing is written to the file system.
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=optional
COPY tsconfig.json .bundle.ts ./
COPY src src
COPY schemas schemas
RUN npm run build

FROM node:24-slim
ENV NODE_ENV=production
# What was freed goes back to the system: glibc would keep a heap for each thread, with holes in it that nobody fills.
ENV MALLOC_ARENA_MAX=1
ENV MALLOC_MMAP_THRESHOLD_=4096
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
# when they are done, for which the program needs the collector. Code is not optimized: the program mostly waits for others, so
# that compilers and what they make would only take memory, 20 MB of it.
ENTRYPOINT ["node", "--max-old-space-size=512", "--max-semi-space-size=2", "--heap-growing-percent=20", "--expose-gc", "--no-opt", "--no-maglev", "/app/rolewarden.js"]
CMD ["run", "--config", "/etc/rolewarden/rolewarden.yaml"]
