package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Tries of a migration that gave up a lock: traffic leaves a gap sooner or later.
const lockTries = 10

// migrate brings every database to the newest schema, one after the other.
func migrate(ctx context.Context, c config, now time.Time) error {
	for _, d := range c.Databases {
		if err := migrateOne(ctx, d, c.wait); err != nil {
			return err
		}
	}
	// A new table takes no row before it has a partition.
	return partitions(ctx, c, now)
}

func migrateOne(ctx context.Context, d database, wait time.Duration) error {
	db, err := d.open(ctx, wait)
	if err != nil {
		return err
	}
	defer db.Close()
	fail := func(err error) error { return fmt.Errorf("database %s: %w", d.Name, err) }
	sums, err := readSums(d.Migrations)
	if err != nil {
		return fail(err)
	}
	unlock, err := lockSession(ctx, db)
	if err != nil {
		return fail(err)
	}
	defer unlock()
	if len(sums) > 0 {
		if err := apply(ctx, db, d, sums); err != nil {
			return fail(err)
		}
	}
	// After the migrations, as new tables need the grants that old ones have.
	if err := grant(ctx, db, d); err != nil {
		return fail(err)
	}
	return nil
}

// lockSession keeps a second run out of a database while this one is at it. It asks again and again rather than wait: a
// waiting query would have a snapshot, and a CREATE INDEX CONCURRENTLY of the first run would wait for that in turn.
func lockSession(ctx context.Context, db *sql.DB) (func(), error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600))
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if err := locker.SessionLock(ctx, conn); err != nil {
		conn.Close()
		return nil, fmt.Errorf("another run has not ended in ten minutes: %w", err)
	}
	return func() {
		// The context may have ended, and the lock must go all the same.
		if err := locker.SessionUnlock(context.WithoutCancel(ctx), conn); err != nil {
			slog.Warn("the lock was not released; it goes with the connection", "error", err.Error())
		}
		conn.Close()
	}, nil
}

func apply(ctx context.Context, db *sql.DB, d database, sums map[string]string) error {
	provider, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS(d.Migrations), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if err := checkApplied(ctx, db, sums); err != nil {
		return err
	}
	err = retryLocks(ctx, func() error {
		if err := dropInvalidIndexes(ctx, db); err != nil {
			return err
		}
		results, err := provider.Up(ctx)
		for _, result := range results {
			slog.Info("migrated", "database", d.Name, "migration", filepath.Base(result.Source.Path), "took", result.Duration.String())
		}
		return err
	})
	if err != nil {
		return err
	}
	return recordApplied(ctx, db, sums)
}

// retryLocks tries again while what is done gives up locks that it does not get.
func retryLocks(ctx context.Context, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		if err == nil || !hasCode(err, lockNotAvailable) || try == lockTries {
			return err
		}
		slog.Info("a lock was not to be had, trying again", "try", try, "error", err.Error())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * time.Second):
		}
	}
}

// grant lets the service's roles read and write the rows of its own database, and keeps everybody else out of it.
func grant(ctx context.Context, db *sql.DB, d database) error {
	name, owner, app := quote(d.Name), quote(d.Owner), quote(d.App)
	for _, statement := range []string{
		"REVOKE ALL ON DATABASE " + name + " FROM PUBLIC",
		"GRANT CONNECT, TEMPORARY ON DATABASE " + name + " TO " + app,
		"GRANT CONNECT ON DATABASE " + name + " TO pg_monitor",
		"REVOKE CREATE ON SCHEMA public FROM PUBLIC",
		"GRANT USAGE ON SCHEMA public TO " + app,
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + app,
		"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO " + app,
		"ALTER DEFAULT PRIVILEGES FOR ROLE " + owner + " IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO " + app,
		"ALTER DEFAULT PRIVILEGES FOR ROLE " + owner + " IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO " + app,
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// dropInvalidIndexes removes what a CREATE INDEX CONCURRENTLY that was killed has left: an index that is kept up to date
// and never used, and that stands in the way of a second try. Those of partitioned tables are invalid until every
// partition has its own, and are left alone.
func dropInvalidIndexes(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT c.oid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname = 'public'`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range names {
		slog.Info("dropping an index that was left half-made", "index", name)
		// The name comes quoted from the server.
		if _, err := db.ExecContext(ctx, "DROP INDEX CONCURRENTLY IF EXISTS "+name); err != nil {
			return err
		}
	}
	return nil
}

const sumsTable = "migration_sums"

// checkApplied refuses to go on when a migration that has been applied reads differently now: the schema would no longer
// be what the files say.
func checkApplied(ctx context.Context, db *sql.DB, sums map[string]string) error {
	const create = "CREATE TABLE IF NOT EXISTS " + sumsTable + " (file text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
	if _, err := db.ExecContext(ctx, create); err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, "SELECT file, sha256 FROM "+sumsTable)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var file, applied string
		if err := rows.Scan(&file, &applied); err != nil {
			return err
		}
		if now, ok := sums[file]; !ok {
			return fmt.Errorf("migration %s has been applied and is gone: restore the file", file)
		} else if now != applied {
			return fmt.Errorf("migration %s has been applied and was changed since: restore it, and write a new one", file)
		}
	}
	return rows.Err()
}

func recordApplied(ctx context.Context, db *sql.DB, sums map[string]string) error {
	for file, sum := range sums {
		const insert = "INSERT INTO " + sumsTable + " (file, sha256) VALUES ($1, $2) ON CONFLICT DO NOTHING"
		if _, err := db.ExecContext(ctx, insert, file, sum); err != nil {
			return err
		}
	}
	return nil
}

// readSums reads migrations.sum and checks the files against it. A folder without the file has no migrations.
func readSums(folder string) (map[string]string, error) {
	sums := map[string]string{}
	file, err := os.Open(filepath.Join(folder, "migrations.sum"))
	if errors.Is(err, os.ErrNotExist) {
		return sums, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok {
			return nil, fmt.Errorf("migrations.sum: %q is no line of sha256sum", lines.Text())
		}
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		if found := sha256.Sum256(content); hex.EncodeToString(found[:]) != sum {
			return nil, fmt.Errorf("migration %s is not what migrations.sum says", name)
		}
		sums[name] = sum
	}
	return sums, lines.Err()
}

// lockNotAvailable is the code of a statement that gave up a lock.
const lockNotAvailable = "55P03"

func hasCode(err error, code string) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == code
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
