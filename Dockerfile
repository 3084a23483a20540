# docker build -t dedup .                                 the smallest image; others: --build-arg EXTRAS=fast,html,parquet,zstd
# docker run --rm -u "$(id -u):$(id -g)" -v "$PWD:/data" dedup scan articles/

FROM python:3.12-slim AS build
ARG EXTRAS=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 NUMBA_CACHE_DIR=/opt/dedup/compiled
WORKDIR /source
COPY . .
RUN python3 -m venv /opt/dedup \
 && if [ -n "$EXTRAS" ]; then /opt/dedup/bin/pip install ".[$EXTRAS]"; \
    else /opt/dedup/bin/pip install --no-deps -r requirements-gate.txt .; fi
# compiled once, here; numba looks only in folders that whoever runs it may write to
RUN if [ -x /opt/dedup/bin/numba ]; then \
      /opt/dedup/bin/dedup scan samples --engine numba -q && chmod -R a+rwX "$NUMBA_CACHE_DIR"; fi \
 && /opt/dedup/bin/pip uninstall --quiet --yes pip

FROM python:3.12-slim
# git: for --staged and --since, in a work tree that belongs to somebody else than the container's user
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && git config --system --add safe.directory '*'
COPY --from=build /opt/dedup /opt/dedup
# what undoes strip --in-place must outlive the container
ENV PATH=/opt/dedup/bin:$PATH NUMBA_CACHE_DIR=/opt/dedup/compiled XDG_STATE_HOME=/data/.local/state
WORKDIR /data
ENTRYPOINT ["dedup"]
CMD ["--help"]
