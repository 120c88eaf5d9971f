package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"strings"
)

type ring struct {
	Keys        map[string]int
	PrimaryKeys map[string]int
	NumNodes    int
}

// runKeyring makes a gossip key the only one: installed everywhere, then used everywhere, then the others removed. A server
// keeps its keys on disk and ignores the one in its configuration from its second start on, so that a rotation is this.
func runKeyring(ctx context.Context, log *slog.Logger, args []string) error {
	flags := flag.NewFlagSet("keyring", flag.ContinueOnError)
	keyPath := flags.String("key", "/gossip/key", "file of the key, in base64")
	patience := consulFlags(flags)
	if err := parse(flags, args); err != nil {
		return err
	}
	text, err := os.ReadFile(*keyPath)
	if err != nil {
		return err
	}
	key := strings.TrimSpace(string(text))
	if key == "" {
		return errors.New(*keyPath + " is empty")
	}
	c, err := newClient(log, *patience)
	if err != nil {
		return err
	}
	var rings []ring
	if err := c.call(ctx, http.MethodGet, "/v1/operator/keyring", nil, &rings); err != nil {
		return err
	}
	if settled(rings, key) {
		log.Info("the gossip key is in use already")
		return nil
	}
	body := map[string]string{"Key": key}
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		if err := c.call(ctx, method, "/v1/operator/keyring", body, nil); err != nil {
			return err
		}
	}
	others := map[string]bool{}
	for _, each := range rings {
		for other := range each.Keys {
			others[other] = other != key
		}
	}
	for other, remove := range others {
		if !remove {
			continue
		}
		if err := c.call(ctx, http.MethodDelete, "/v1/operator/keyring", map[string]string{"Key": other}, nil); err != nil {
			return err
		}
	}
	log.Info("the gossip key was replaced", "former keys", len(others))
	return nil
}

func settled(rings []ring, key string) bool {
	for _, each := range rings {
		if len(each.Keys) != 1 || each.Keys[key] != each.NumNodes || each.PrimaryKeys[key] != each.NumNodes {
			return false
		}
	}
	return len(rings) > 0
}
