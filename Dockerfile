# Two stages: the first compiles, the second holds what runs. Without the optional packages there is no embedded database and no sandbox:
# DATABASE_URL and the Google client have to be set.
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev --omit=optional

FROM node:24-slim
ENV NODE_ENV=production CALSYNC_HOME=/var/lib/calsync HOST=0.0.0.0
WORKDIR /opt/calsync
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json ./
COPY bin bin
COPY migrations migrations
COPY examples examples
RUN mkdir -p /var/lib/calsync && chown node:node /var/lib/calsync
USER node
VOLUME /var/lib/calsync
EXPOSE 8080
ENTRYPOINT ["/opt/calsync/bin/calsync.js"]
CMD ["--help"]
