# An image with nothing but the static program and the authorities that it trusts by default.
#
#     docker build --tag kward .
#     docker run --rm --volume "$PWD:/work:ro" kward acl lint -f access/

FROM rust:1-bookworm AS build
ARG KWARD_COMMIT=
ENV KWARD_COMMIT=$KWARD_COMMIT
WORKDIR /src
COPY . .
RUN dev/package musl --out /out

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/kward /usr/bin/kward
# Nobody's.
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/bin/kward"]
