-- Databases, roles and their passwords. Run by a superuser with every start: it makes what is missing, and gives the
-- roles the passwords that are in force.
--
--   argus_owner    owns the ledger's schema: migrations
--   argus_app      web, worker, trainer: what the migrations' owner grants it (manage.py database_grant), no more
--   argus_mlflow   owns MLflow's database
--   argus_monitor  reads statistics
\set ON_ERROR_STOP on
\set QUIET on
\i /run/argus/roles.psql

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['argus_owner', 'argus_app', 'argus_mlflow', 'argus_monitor']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE postgres PASSWORD :'postgres';
ALTER ROLE argus_owner PASSWORD :'owner';
ALTER ROLE argus_app PASSWORD :'app';
ALTER ROLE argus_mlflow PASSWORD :'mlflow';
ALTER ROLE argus_monitor PASSWORD :'monitor';
GRANT pg_monitor TO argus_monitor;

SELECT format('CREATE DATABASE %I OWNER %I', name, owner)
FROM (VALUES ('argus', 'argus_owner'), ('mlflow', 'argus_mlflow')) AS wanted (name, owner)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec

-- Nobody else may even connect.
REVOKE ALL ON DATABASE argus, mlflow, postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE argus TO argus_app, argus_monitor;
