package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// statusPrefix is where numbers stand that consul-exporter shows as consul_catalog_kv.
const statusPrefix = "suoke/status/"

// pair is a key as Consul's HTTP API gives it; []byte is base64 in JSON.
type pair struct {
	Key         string
	Value       []byte
	ModifyIndex uint64
}

// list returns what is below a path, as the leader has it.
func (c *client) list(ctx context.Context, path string) ([]pair, error) {
	var pairs []pair
	err := c.call(ctx, http.MethodGet, "/v1/kv/"+path+"?recurse&consistent", nil, &pairs)
	if statusOf(err) == http.StatusNotFound {
		return nil, nil
	}
	return pairs, err
}

// transaction does all operations or none; false says that a compared index has changed.
func (c *client) transaction(ctx context.Context, operations []operation) (bool, error) {
	err := c.call(ctx, http.MethodPut, "/v1/txn", operations, nil)
	if statusOf(err) == http.StatusConflict {
		// Also how a refusal arrives, and that would not go away.
		if answer, _ := errors.AsType[*apiError](err); strings.Contains(answer.body, "Permission denied") {
			return false, err
		}
		return false, nil
	}
	return err == nil, err
}

// recordDrift puts numbers where consul-exporter finds them.
func (c *client) recordDrift(ctx context.Context, kept int) error {
	for key, value := range map[string]int64{"kv/drift": int64(kept), "kv/checked": time.Now().Unix()} {
		if err := c.call(ctx, http.MethodPut, "/v1/kv/"+statusPrefix+key, []byte(strconv.FormatInt(value, 10)), nil); err != nil {
			return err
		}
	}
	return nil
}
