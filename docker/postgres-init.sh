#!/bin/bash
# Runs once, when the database's volume is empty: the two roles of DESIGN 5. The superuser stays in this container.
set -euo pipefail
: "${OWNER_PASSWORD:?}" "${RUNTIME_PASSWORD:?}"

psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set=owner_password="$OWNER_PASSWORD" --set=runtime_password="$RUNTIME_PASSWORD" <<'SQL'
CREATE ROLE plateau_owner LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB PASSWORD :'owner_password';
CREATE ROLE plateau_runtime LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB PASSWORD :'runtime_password';
ALTER ROLE plateau_owner SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE plateau_runtime SET idle_in_transaction_session_timeout = '30s';
CREATE DATABASE plateau TEMPLATE template0 OWNER plateau_owner;
REVOKE ALL ON DATABASE plateau FROM PUBLIC;
GRANT CONNECT ON DATABASE plateau TO plateau_runtime;
\connect plateau
GRANT USAGE ON SCHEMA public TO plateau_runtime;
SQL
