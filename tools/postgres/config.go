package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// config says which databases there are. The platform renders it.
type config struct {
	Databases []database  `json:"databases"`
	Drill     drillConfig `json:"drill"`
	wait      time.Duration
	// account is the folder of the pod's ServiceAccount.
	account string
}

// database is one service's. Its objects belong to the role Owner; the service's own roles are members of App, which may
// read and write rows and nothing else.
type database struct {
	Name string `json:"name"`
	// URLVariable names the environment variable with the URL of a role that is a member of Owner.
	URLVariable string  `json:"urlVariable"`
	Owner       string  `json:"owner"`
	App         string  `json:"app"`
	Migrations  string  `json:"migrations"`
	Partitioned []table `json:"partitioned"`
}

// table is partitioned by quarters of a time column.
type table struct {
	Name   string `json:"name"`
	Column string `json:"column"`
	// Ahead is how many quarters after the current one have a partition.
	Ahead int `json:"ahead"`
	// Keep is how many quarters before the current one are kept.
	Keep int `json:"keep"`
}

// unreachable is the error of a database that could not be asked.
type unreachable struct{ error }

func readConfig(path string) (config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return config{}, err
	}
	var c config
	if err := json.Unmarshal(text, &c); err != nil {
		return config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// open connects as the owner of a database's objects, waiting for a server that is still starting.
func (d database) open(ctx context.Context, wait time.Duration) (*sql.DB, error) {
	return d.openURL(ctx, os.Getenv(d.URLVariable), wait)
}

func (d database) openURL(ctx context.Context, url string, wait time.Duration) (*sql.DB, error) {
	parsed, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, unreachable{fmt.Errorf("database %s: %s holds no URL: %w", d.Name, d.URLVariable, err)}
	}
	// Objects belong to the owner whichever role has logged in. A lock that is not had in five seconds is given up: waiting
	// for it would make everybody else wait behind us.
	parsed.RuntimeParams["role"] = d.Owner
	parsed.RuntimeParams["lock_timeout"] = "5s"
	parsed.RuntimeParams["application_name"] = "suoke-postgres-tool"
	db := stdlib.OpenDB(*parsed)
	deadline := time.Now().Add(wait)
	for pause := time.Second; ; pause = min(2*pause, 15*time.Second) {
		err := db.PingContext(ctx)
		if err == nil {
			return db, nil
		}
		if ctx.Err() != nil || time.Now().Add(pause).After(deadline) {
			db.Close()
			return nil, unreachable{fmt.Errorf("database %s cannot be reached: %w", d.Name, err)}
		}
		slog.Info("waiting for the database", "database", d.Name, "error", err.Error())
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
