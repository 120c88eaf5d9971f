package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"time"
)

// quarter counts from the year 0: 4 × year + (0 to 3).
type quarter int

func quarterOf(t time.Time) quarter { return quarter(4*t.Year() + (int(t.Month())-1)/3) }

func (q quarter) start() time.Time {
	return time.Date(int(q)/4, time.Month(3*(int(q)%4)+1), 1, 0, 0, 0, 0, time.UTC)
}

func (q quarter) suffix() string { return fmt.Sprintf("%04d_q%d", int(q)/4, int(q)%4+1) }

// partitions gives every partitioned table the quarters that are due and drops those past their retention.
func partitions(ctx context.Context, c config, now time.Time) error {
	for _, d := range c.Databases {
		if len(d.Partitioned) == 0 {
			continue
		}
		db, err := d.open(ctx, c.wait)
		if err != nil {
			return err
		}
		defer db.Close()
		for _, t := range d.Partitioned {
			if err := maintain(ctx, db, d, t, quarterOf(now)); err != nil {
				return fmt.Errorf("database %s, table %s: %w", d.Name, t.Name, err)
			}
		}
	}
	return nil
}

func maintain(ctx context.Context, db *sql.DB, d database, t table, current quarter) error {
	existing, err := quartersOf(ctx, db, t)
	if err != nil {
		return err
	}
	due, err := history(ctx, db, t, current)
	if err != nil {
		return err
	}
	for q := current; q <= current+quarter(t.Ahead); q++ {
		due = append(due, q)
	}
	for _, q := range due {
		if _, ok := existing[q]; ok {
			continue
		}
		if err := retryLocks(ctx, func() error { return create(ctx, db, d, t, q) }); err != nil {
			return err
		}
		slog.Info("created a partition", "database", d.Name, "partition", t.Name+"_"+q.suffix())
	}
	for q, attached := range existing {
		if q >= current-quarter(t.Keep) {
			continue
		}
		if err := retryLocks(ctx, func() error { return drop(ctx, db, t, q, attached) }); err != nil {
			return err
		}
		slog.Info("dropped a partition past its retention", "database", d.Name, "partition", t.Name+"_"+q.suffix())
	}
	return nil
}

// history lists the past quarters that rows of the default partition are of: what was imported is older than the first
// partition, and would stay there for good, never dropped by age. What is older than anything that is kept stays, for somebody to
// look at.
func history(ctx context.Context, db *sql.DB, t table, current quarter) ([]quarter, error) {
	column := quote(t.Column)
	rows, err := db.QueryContext(ctx, fmt.Sprintf(
		"SELECT DISTINCT date_trunc('quarter', %s, 'UTC') FROM ONLY %s WHERE %s >= $1 AND %s < $2 ORDER BY 1",
		column, quote(t.Name+"_default"), column, column), (current - quarter(t.Keep)).start(), current.start())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []quarter
	for rows.Next() {
		var start time.Time
		if err := rows.Scan(&start); err != nil {
			return nil, err
		}
		found = append(found, quarterOf(start.UTC()))
	}
	return found, rows.Err()
}

var suffix = regexp.MustCompile(`_([0-9]{4})_q([1-4])$`)

// quartersOf lists the quarters that a table has a partition for, and whether it is attached: a drop that was cut off leaves
// one that is not.
func quartersOf(ctx context.Context, db *sql.DB, t table) (map[quarter]bool, error) {
	rows, err := db.QueryContext(ctx, `SELECT c.relname, i.inhrelid IS NOT NULL
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = to_regclass($1)
		WHERE n.nspname = 'public' AND c.relkind = 'r' AND starts_with(c.relname, $2)`, quote(t.Name), t.Name+"_")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[quarter]bool{}
	for rows.Next() {
		var name string
		var attached bool
		if err := rows.Scan(&name, &attached); err != nil {
			return nil, err
		}
		if parts := suffix.FindStringSubmatch(name); parts != nil && len(name) == len(t.Name)+len(parts[0]) {
			year, _ := strconv.Atoi(parts[1])
			number, _ := strconv.Atoi(parts[2])
			found[quarter(4*year+number-1)] = attached
		}
	}
	return found, rows.Err()
}

// create makes a partition and moves into it what has landed in the default partition for want of it.
func create(ctx context.Context, db *sql.DB, d database, t table, q quarter) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	parent, partition, rest := quote(t.Name), quote(t.Name+"_"+q.suffix()), quote(t.Name+"_default")
	from, to := q.start().Format(time.RFC3339), (q + 1).start().Format(time.RFC3339)
	// Two at once: the second waits here and finds the work done.
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtext($1))", d.Name+"."+t.Name); err != nil {
		return err
	}
	var there bool
	if err := tx.QueryRowContext(ctx, "SELECT to_regclass($1) IS NOT NULL", partition).Scan(&there); err != nil || there {
		return err
	}
	column := quote(t.Column)
	for _, statement := range []string{
		fmt.Sprintf("CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING GENERATED)", partition, parent),
		fmt.Sprintf("LOCK TABLE %s IN ACCESS EXCLUSIVE MODE", rest),
		fmt.Sprintf("WITH moved AS (DELETE FROM %s WHERE %s >= '%s' AND %s < '%s' RETURNING *) INSERT INTO %s SELECT * FROM moved", rest, column, from, column, to, partition),
		fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')", parent, partition, from, to),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return tx.Commit()
}

// drop detaches first, in a statement of its own: a plain DROP would hold its lock on the whole table while it deletes.
func drop(ctx context.Context, db *sql.DB, t table, q quarter, attached bool) error {
	partition := quote(t.Name + "_" + q.suffix())
	if attached {
		if _, err := db.ExecContext(ctx, fmt.Sprintf("ALTER TABLE %s DETACH PARTITION %s", quote(t.Name), partition)); err != nil {
			return err
		}
	}
	_, err := db.ExecContext(ctx, "DROP TABLE "+partition)
	return err
}
