package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// kind says how the simulator plays the operator of one kind of custom resource.
type kind struct {
	Group    string `json:"group"`
	Version  string `json:"version"`
	Resource string `json:"resource"`
	// References of an object, which must all be there before its status says that it is ready.
	References []struct {
		// Kind of what is referred to: Secret, ConfigMap, Service, or another custom resource as resource.group.
		Kind string `json:"kind"`
		// Path of the name in the object; a step of "*" goes through a list.
		Path string `json:"path"`
	} `json:"references"`
	// Status to write. A string "$.path" takes the value at that path of the object, "$Kind/name.path" that of another one in
	// its namespace, which must be there as a reference must.
	Status map[string]any `json:"status"`
	// Secrets that the operator makes of a working object; "*" in a name stands for the object's own, "$.path" for what is there.
	Makes []struct {
		Secret string   `json:"secret"`
		Keys   []string `json:"keys"`
	} `json:"makes"`
}

type operator struct {
	client    dynamic.Interface
	kinds     map[schema.GroupVersionResource]kind
	resources map[string]schema.GroupVersionResource
	factory   dynamicinformer.DynamicSharedInformerFactory
	queue     workqueue.TypedRateLimitingInterface[item]
}

type item struct {
	resource        schema.GroupVersionResource
	namespace, name string
}

// operate plays the operators of the kinds that a file describes, until the context ends.
func operate(ctx context.Context, client dynamic.Interface, path string) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var kinds []kind
	if err := json.Unmarshal(text, &kinds); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	o := operator{
		client: client,
		kinds:  map[schema.GroupVersionResource]kind{},
		resources: map[string]schema.GroupVersionResource{
			"Secret":    {Version: "v1", Resource: "secrets"},
			"ConfigMap": {Version: "v1", Resource: "configmaps"},
			"Service":   {Version: "v1", Resource: "services"},
		},
		factory: dynamicinformer.NewDynamicSharedInformerFactory(client, 0),
		queue:   workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[item]()),
	}
	for _, k := range kinds {
		resource := schema.GroupVersionResource{Group: k.Group, Version: k.Version, Resource: k.Resource}
		o.kinds[resource] = k
		o.resources[k.Resource+"."+k.Group] = resource
	}
	for _, resource := range o.resources {
		if err := o.watch(resource); err != nil {
			return err
		}
	}
	o.factory.Start(ctx.Done())
	go func() {
		<-ctx.Done()
		o.queue.ShutDown()
	}()
	go o.work(ctx)
	return nil
}

// watch looks at an object of a simulated kind when it changes, and at all of its namespace when anything else does: at all
// there are, when that is an object of the cluster.
func (o operator) watch(resource schema.GroupVersionResource) error {
	handle := func(object any) {
		meta, err := metaOf(object)
		if err != nil {
			return
		}
		if _, simulated := o.kinds[resource]; simulated {
			o.queue.Add(item{resource, meta.GetNamespace(), meta.GetName()})
		}
		for other := range o.kinds {
			indexer := o.factory.ForResource(other).Informer().GetIndexer()
			objects, err := indexer.ByIndex(cache.NamespaceIndex, meta.GetNamespace())
			if err != nil || other == resource {
				continue
			}
			if meta.GetNamespace() == "" {
				objects = indexer.List()
			}
			for _, waiting := range objects {
				if waiting, err := metaOf(waiting); err == nil {
					o.queue.Add(item{other, waiting.GetNamespace(), waiting.GetName()})
				}
			}
		}
	}
	_, err := o.factory.ForResource(resource).Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    handle,
		UpdateFunc: func(_, object any) { handle(object) },
		DeleteFunc: handle,
	})
	return err
}

func (o operator) work(ctx context.Context) {
	for {
		next, shutdown := o.queue.Get()
		if shutdown {
			return
		}
		if err := o.reconcile(ctx, next); err != nil {
			log.Printf("%s %s/%s: %v", next.resource.Resource, next.namespace, next.name, err)
			o.queue.AddAfter(next, retry)
		}
		o.queue.Done(next)
	}
}

func (o operator) reconcile(ctx context.Context, next item) error {
	client := o.client.Resource(next.resource).Namespace(next.namespace)
	object, err := client.Get(ctx, next.name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	wanted, working := o.status(object, o.kinds[next.resource])
	if working {
		if err := o.make(ctx, object, o.kinds[next.resource]); err != nil {
			return err
		}
	}
	if reflect.DeepEqual(object.Object["status"], wanted) {
		return nil
	}
	object.Object["status"] = wanted
	_, err = client.UpdateStatus(ctx, object, metav1.UpdateOptions{})
	return err
}

// status is that of a working object when all it refers to exists, and otherwise says what is missing.
func (o operator) status(object *unstructured.Unstructured, k kind) (map[string]any, bool) {
	var missing []string
	for _, reference := range k.References {
		for _, found := range valuesAt(object.Object, strings.Split(reference.Path, ".")) {
			name, ok := found.(string)
			if !ok || name == "" {
				continue
			}
			if o.find(reference.Kind, object.GetNamespace(), name) == nil {
				missing = append(missing, fmt.Sprintf("%s %q does not exist", reference.Kind, name))
			}
		}
	}
	status := o.fill(k.Status, object, &missing).(map[string]any)
	if len(missing) == 0 {
		return status, true
	}
	condition := func(name string) map[string]any {
		return map[string]any{
			"type": name, "status": "False", "reason": "ReferencesMissing", "message": strings.Join(missing, "; "),
			"lastTransitionTime": object.GetCreationTimestamp().UTC().Format("2006-01-02T15:04:05Z"),
		}
	}
	conditions := []any{condition(string(referencesResolved))}
	// What is true of a working object is false, so that kubectl's columns say so.
	for _, name := range valuesAt(status, []string{"conditions", "*", "type"}) {
		conditions = append(conditions, condition(name.(string)))
	}
	return map[string]any{"conditions": conditions}, false
}

// find returns an object of the namespace, or of the cluster; nothing when there is none.
func (o operator) find(kind, namespace, name string) map[string]any {
	indexer := o.factory.ForResource(o.resources[kind]).Informer().GetIndexer()
	for _, key := range []string{namespace + "/" + name, name} {
		if found, exists, _ := indexer.GetByKey(key); exists {
			return found.(*unstructured.Unstructured).Object
		}
	}
	return nil
}

// make creates the Secrets that the operator would, with placeholders. They go with the object that owns them.
func (o operator) make(ctx context.Context, object *unstructured.Unstructured, k kind) error {
	for _, made := range k.Makes {
		content := map[string]any{}
		for _, key := range made.Keys {
			content[key] = "simulated"
		}
		secret := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "stringData": content,
			"metadata": map[string]any{
				"name": strings.ReplaceAll(o.fill(made.Secret, object, nil).(string), "*", object.GetName()),
				"ownerReferences": []any{map[string]any{
					"apiVersion": object.GetAPIVersion(), "kind": object.GetKind(),
					"name": object.GetName(), "uid": string(object.GetUID()),
				}},
			},
		}}
		_, err := o.client.Resource(o.resources["Secret"]).Namespace(object.GetNamespace()).Create(ctx, secret, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

// fill replaces each string "$.path" by the value at that path, and "$Kind/name.path" by that of another object. What another
// object lacks is missing.
func (o operator) fill(template any, object *unstructured.Unstructured, missing *[]string) any {
	switch value := template.(type) {
	case map[string]any:
		filled := map[string]any{}
		for key, child := range value {
			filled[key] = o.fill(child, object, missing)
		}
		return filled
	case []any:
		filled := []any{}
		for _, child := range value {
			filled = append(filled, o.fill(child, object, missing))
		}
		return filled
	case float64:
		return int64(value)
	case string:
		path, ok := strings.CutPrefix(value, "$")
		if !ok {
			return template
		}
		steps := strings.Split(path, ".")
		kind, name, other := strings.Cut(steps[0], "/")
		from := object.Object
		if other {
			from = o.find(kind, object.GetNamespace(), name)
		}
		if found := valuesAt(from, steps[1:]); len(found) > 0 {
			return found[0]
		}
		if other {
			*missing = append(*missing, fmt.Sprintf("%s %q has no %s", kind, name, strings.Join(steps[1:], ".")))
		}
		return nil
	}
	return template
}

// valuesAt finds all values at a path; a step of "*" goes through a list.
func valuesAt(value any, path []string) []any {
	if len(path) == 0 {
		return []any{value}
	}
	switch value := value.(type) {
	case map[string]any:
		if child, ok := value[path[0]]; ok {
			return valuesAt(child, path[1:])
		}
	case []any:
		var found []any
		if path[0] == "*" {
			for _, child := range value {
				found = append(found, valuesAt(child, path[1:])...)
			}
		}
		return found
	}
	return nil
}
