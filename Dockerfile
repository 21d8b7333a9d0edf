FROM node:22-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:22-slim
WORKDIR /app
COPY package.json LICENSE NOTICE ./
COPY fixtures/kubernetes fixtures/kubernetes
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist dist
# What runs needs neither package managers nor a way to get more.
RUN rm -rf /usr/local/lib/node_modules /opt/yarn* /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
 && chmod 0755 dist/cli/bin.js && ln -s /app/dist/cli/bin.js /usr/local/bin/fake-apiserver \
 && install -d -o 1000 -g 1000 -m 0700 /var/lib/fake-apiserver
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    FAKE_APISERVER_HOST=0.0.0.0 \
    FAKE_APISERVER_OUT=/var/lib/fake-apiserver
# By number, so that a cluster that admits no root can tell. It is the image's user "node".
USER 1000:1000
VOLUME /var/lib/fake-apiserver
EXPOSE 6443 10001-11000
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["fake-apiserver", "health"]
ENTRYPOINT ["node", "--max-semi-space-size=4", "/app/dist/cli/bin.js"]
