<?php
// A peer for the interop tests: reports how PHP reads a form.

/** Reports a value of $_POST under its name. It may be an array of values. */
function tellFields(string $name, string|array $value): array
{
    if (is_string($value)) {
        return [tell($name, $value)];
    }
    $told = [];
    foreach ($value as $key => $inner) {
        array_push($told, ...tellFields(nameWithin($name, $key, $value), $inner));
    }
    return $told;
}

/** Reports a file of $_FILES. Each of its properties may be an array. */
function tellFiles(string $name, array $file): array
{
    if (!is_array($file['error'])) {
        if ($file['error'] === UPLOAD_ERR_NO_FILE) {
            return [tell($name, '', $file['full_path'], $file['type'])];
        }
        if ($file['error'] !== UPLOAD_ERR_OK) {
            throw new RuntimeException("Upload error {$file['error']}");
        }
        $body = file_get_contents($file['tmp_name']);
        return [tell($name, $body, $file['full_path'], $file['type'])];
    }
    $told = [];
    foreach (array_keys($file['error']) as $key) {
        $inner = array_map(fn($property) => $property[$key], $file);
        array_push($told, ...tellFiles(nameWithin($name, $key, $file['error']), $inner));
    }
    return $told;
}

function nameWithin(string $name, int|string $key, array $value): string
{
    return array_is_list($value) ? "{$name}[]" : "{$name}[$key]";
}

function tell(string $name, string $body, ?string $filename = null, ?string $type = null): array
{
    return [
        'name' => $name,
        'filename' => $filename,
        'type' => $type,
        'length' => strlen($body),
        'sha256' => hash('sha256', $body),
    ];
}

$told = [];
foreach ($_POST as $name => $value) {
    array_push($told, ...tellFields((string) $name, $value));
}
foreach ($_FILES as $name => $file) {
    array_push($told, ...tellFiles((string) $name, $file));
}
header('Content-Type: application/json');
echo json_encode($told, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE);
