-- Runs once, on a new volume, as the superuser of the postgres image: the desk's own role owns its database and may
-- nothing else. The password is the one of secrets/database_url; it is read here, so that it stands in no command line.
\set password `sed -n 's,^postgresql://desk:\([^@]*\)@.*$,\1,p' /run/secrets/database_url`
CREATE ROLE desk LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
CREATE DATABASE desk OWNER desk;
REVOKE ALL ON DATABASE desk FROM PUBLIC;
