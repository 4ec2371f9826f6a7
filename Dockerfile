# docker build -t finews-feeds .
# docker run -v ~/news:/data finews-feeds                 the daemon on /data/config/finews.toml
# docker run -v ~/news:/data finews-feeds build           one cycle
FROM python:3.13-slim AS built
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY finews_feeds finews_feeds
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -c constraints.txt '.[pinyin]' \
    && cd / && /venv/bin/python -c 'from finews_feeds.publish.pages import compile_templates; compile_templates()'

FROM python:3.13-slim
COPY --from=built /venv /venv
# public/ and var/ are made beside config/, by this user: give the mounted folder to it, or set --user
RUN useradd --system --uid 10001 finews && mkdir /data && chown finews /data
USER finews
WORKDIR /data
ENV FINEWS_CONFIG=/data/config/finews.toml PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/venv/bin/finews-feeds"]
CMD ["run"]
