package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
)

const referencesResolved corev1.PodConditionType = "suoke.life/ReferencesResolved"

// resolver looks up what pods refer to.
type resolver struct {
	secrets    listers.SecretLister
	configMaps listers.ConfigMapLister
}

// missing describes every Secret, ConfigMap or key that a pod needs and that is not there.
func (r resolver) missing(pod *corev1.Pod) []string {
	var missing []string
	secret := func(name, key string, optional *bool) {
		if name == "" || isTrue(optional) {
			return
		}
		found, err := r.secrets.Secrets(pod.Namespace).Get(name)
		if err != nil {
			missing = append(missing, fmt.Sprintf("Secret %q does not exist", name))
		} else if _, ok := found.Data[key]; key != "" && !ok {
			missing = append(missing, fmt.Sprintf("Secret %q has no key %q", name, key))
		}
	}
	configMap := func(name, key string, optional *bool) {
		if name == "" || isTrue(optional) {
			return
		}
		found, err := r.configMaps.ConfigMaps(pod.Namespace).Get(name)
		if err != nil {
			missing = append(missing, fmt.Sprintf("ConfigMap %q does not exist", name))
			return
		}
		_, text := found.Data[key]
		_, binary := found.BinaryData[key]
		if key != "" && !text && !binary {
			missing = append(missing, fmt.Sprintf("ConfigMap %q has no key %q", name, key))
		}
	}
	for _, reference := range pod.Spec.ImagePullSecrets {
		secret(reference.Name, "", nil)
	}
	for _, volume := range pod.Spec.Volumes {
		if source := volume.Secret; source != nil {
			for _, key := range keysOf(source.Items) {
				secret(source.SecretName, key, source.Optional)
			}
		}
		if source := volume.ConfigMap; source != nil {
			for _, key := range keysOf(source.Items) {
				configMap(source.Name, key, source.Optional)
			}
		}
		if volume.Projected == nil {
			continue
		}
		for _, projection := range volume.Projected.Sources {
			if source := projection.Secret; source != nil {
				for _, key := range keysOf(source.Items) {
					secret(source.Name, key, source.Optional)
				}
			}
			// Every namespace has kube-root-ca.crt sooner or later; a pod waits for it like a real one.
			if source := projection.ConfigMap; source != nil {
				for _, key := range keysOf(source.Items) {
					configMap(source.Name, key, source.Optional)
				}
			}
		}
	}
	for _, container := range append(append([]corev1.Container{}, pod.Spec.InitContainers...), pod.Spec.Containers...) {
		for _, variable := range container.Env {
			if variable.ValueFrom == nil {
				continue
			}
			if source := variable.ValueFrom.SecretKeyRef; source != nil {
				secret(source.Name, source.Key, source.Optional)
			}
			if source := variable.ValueFrom.ConfigMapKeyRef; source != nil {
				configMap(source.Name, source.Key, source.Optional)
			}
		}
		for _, source := range container.EnvFrom {
			if source.SecretRef != nil {
				secret(source.SecretRef.Name, "", source.SecretRef.Optional)
			}
			if source.ConfigMapRef != nil {
				configMap(source.ConfigMapRef.Name, "", source.ConfigMapRef.Optional)
			}
		}
	}
	return missing
}

// keysOf names the keys that a volume projects; an empty key stands for the object as a whole.
func keysOf(items []corev1.KeyToPath) []string {
	keys := []string{""}
	for _, item := range items {
		keys = append(keys, item.Key)
	}
	return keys
}

func isTrue(value *bool) bool { return value != nil && *value }

// update writes the condition, unless it says already what it should.
func update(ctx context.Context, client kubernetes.Interface, pod *corev1.Pod, missing []string) error {
	wanted := corev1.PodCondition{Type: referencesResolved, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()}
	if len(missing) > 0 {
		wanted.Status = corev1.ConditionFalse
		wanted.Reason = "ReferencesMissing"
		wanted.Message = strings.Join(missing, "; ")
	}
	for _, current := range pod.Status.Conditions {
		if current.Type == referencesResolved && current.Status == wanted.Status && current.Message == wanted.Message {
			return nil
		}
	}
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"conditions": []corev1.PodCondition{wanted}}})
	if err != nil {
		return err
	}
	_, err = client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	return err
}
