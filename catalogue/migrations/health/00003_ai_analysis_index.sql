-- One statement to a file: outside of a transaction, what came before a failure would stay.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_ai_analysis_agent_confidence
    ON ai_analysis_results (agent_name, confidence DESC, created_at DESC);
