-- Run once by the image of PostgreSQL, when its volume is empty: the archive and its owner, who may
-- do nothing else on the server.
\set ON_ERROR_STOP on
\set password `cat /run/secrets/archive`
CREATE ROLE copytaster LOGIN PASSWORD :'password';
CREATE DATABASE copytaster OWNER copytaster ENCODING 'UTF8' TEMPLATE template0;
