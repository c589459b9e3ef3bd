-- The functions' role and its database; run at every start.
SELECT 'CREATE ROLE prohod LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'prohod') \gexec
ALTER ROLE prohod PASSWORD '{{password}}';
-- Behind RDS Proxy a session must not set these itself, so they are the role's.
ALTER ROLE prohod SET statement_timeout = '5s';
ALTER ROLE prohod SET lock_timeout = '2s';
ALTER ROLE prohod SET idle_in_transaction_session_timeout = '10s';
SELECT 'CREATE DATABASE prohod OWNER prohod' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'prohod') \gexec
