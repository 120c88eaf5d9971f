package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"time"
)

// drillConfig says what to restore into.
type drillConfig struct {
	// Cluster is the scratch cluster, as the API server takes it: it restores the newest backup when it is created.
	Cluster json.RawMessage `json:"cluster"`
	// Path is where the API server has the scratch clusters of the namespace.
	Path string `json:"path"`
	Name string `json:"name"`
	// Host is where the restored server answers.
	Host string `json:"host"`
	// TimeoutSeconds is how long a restore may take.
	TimeoutSeconds int `json:"timeoutSeconds"`
}

const (
	// A backup lacks what was written since; a restored table with less than this share of the rows is no backup of it.
	restoredShare = 0.9
	// Rows are counted up to here: enough to see a table that is not what it was.
	countedRows = 1_000_000
)

// drill restores the newest backup into a scratch cluster, compares it with what runs, removes it, and records that it went
// well. A drill is recorded in each database when all of them have passed.
func drill(ctx context.Context, c config, _ time.Time) (err error) {
	if c.Drill.Name == "" {
		return errors.New("the configuration has no drill")
	}
	api, err := inCluster(c.account)
	if err != nil {
		return unreachable{err}
	}
	began := time.Now()
	// What an earlier drill left when it was killed.
	if err := api.remove(ctx, c.Drill); err != nil {
		return err
	}
	defer func() {
		// Also when we are asked to stop: a scratch cluster costs as much as one that is used.
		if gone := api.remove(context.WithoutCancel(ctx), c.Drill); gone != nil && err == nil {
			err = gone
		}
	}()
	if _, err := api.call(ctx, http.MethodPost, c.Drill.Path, c.Drill.Cluster); err != nil {
		return err
	}
	if err := api.ready(ctx, c.Drill); err != nil {
		return err
	}
	slog.Info("restored", "took", time.Since(began).String())
	for _, d := range c.Databases {
		if err := compare(ctx, c, d); err != nil {
			return err
		}
	}
	for _, d := range c.Databases {
		if err := record(ctx, c, d, time.Since(began)); err != nil {
			return err
		}
	}
	return nil
}

// compare refuses a restored database that lacks migrations, tables or rows of the one that runs.
func compare(ctx context.Context, c config, d database) error {
	live, err := d.open(ctx, c.wait)
	if err != nil {
		return err
	}
	defer live.Close()
	parsed, err := url.Parse(os.Getenv(d.URLVariable))
	if err != nil {
		return unreachable{fmt.Errorf("database %s: %s holds no URL", d.Name, d.URLVariable)}
	}
	parsed.Host = c.Drill.Host
	restored, err := d.openURL(ctx, parsed.String(), c.wait)
	if err != nil {
		return err
	}
	defer restored.Close()
	tables, err := tablesOf(ctx, live)
	if err != nil {
		return err
	}
	for _, name := range tables {
		wanted, err := count(ctx, live, name)
		if err != nil {
			return fmt.Errorf("database %s: %w", d.Name, err)
		}
		found, err := count(ctx, restored, name)
		if err != nil {
			return fmt.Errorf("database %s was restored without its table %s: %w", d.Name, name, err)
		}
		if float64(found) < restoredShare*float64(wanted) {
			return fmt.Errorf("database %s: table %s was restored with %d of %d rows", d.Name, name, found, wanted)
		}
		slog.Info("compared", "database", d.Name, "table", name, "rows", wanted, "restored", found)
	}
	return nil
}

// tablesOf lists the tables of a database, partitioned ones as a whole. What drills and migrations record about
// themselves is among them, but for the drills' own: the one that goes on is not in any backup.
func tablesOf(ctx context.Context, db *sql.DB) ([]string, error) {
	rows, err := db.QueryContext(ctx, `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
		AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'restore_drills' ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func count(ctx context.Context, db *sql.DB, table string) (rows int, err error) {
	query := fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s LIMIT %d) AS counted", quote(table), countedRows)
	err = db.QueryRowContext(ctx, query).Scan(&rows)
	return rows, err
}

// record tells the metrics, whose role is a member of pg_monitor, that a backup could be restored.
func record(ctx context.Context, c config, d database, took time.Duration) error {
	db, err := d.open(ctx, c.wait)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS restore_drills (succeeded_at timestamptz PRIMARY KEY DEFAULT now(), took interval NOT NULL)",
		"REVOKE ALL ON restore_drills FROM " + quote(d.App),
		"GRANT SELECT ON restore_drills TO pg_monitor",
		fmt.Sprintf("INSERT INTO restore_drills (took) VALUES ('%d seconds')", int(took.Seconds())),
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("database %s: %w", d.Name, err)
		}
	}
	return nil
}
