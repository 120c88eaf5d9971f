-- One statement to a file: outside of a transaction, what came before a failure would stay.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_diagnosis_records_user_status_time
    ON diagnosis_records (user_id, status, created_at DESC);
