# sockwatch for a whole host. The daemon must share the host's network to see its sockets, and its
# processes to name them; it needs two capabilities and writes nothing but its state:
#
#   podman build --tag sockwatch .
#   podman run --network host --pid host --read-only --cap-drop ALL \
#     --cap-add SYS_PTRACE,DAC_READ_SEARCH --security-opt no-new-privileges \
#     --volume sockwatch:/var/lib/sockwatch sockwatch
#
# A configuration of your own: --volume /path/sockwatch.yaml:/etc/sockwatch/sockwatch.yaml:ro
FROM docker.io/library/debian:bookworm-slim AS build
WORKDIR /source
COPY tools/setup tools/packages.txt tools/
RUN tools/setup build
COPY . .
RUN cmake --workflow --preset release \
  && DESTDIR=/image cmake --install build/release --strip

FROM docker.io/library/debian:bookworm-slim
LABEL org.opencontainers.image.title="sockwatch" \
  org.opencontainers.image.description="Socket counts of a Linux host for Prometheus" \
  org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
  && apt-get install --yes --no-install-recommends \
    libfmt9 libmnl0 libprometheus-cpp-core1.0 libspdlog1.10 libyaml-cpp0.7 zlib1g \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /image/ /
EXPOSE 10098
ENTRYPOINT ["/usr/bin/sockwatch"]
CMD ["run", "--config", "/etc/sockwatch/sockwatch.yaml"]
