#!/usr/bin/env python3
"""Writes a C++ struct and a parser for every request body that api/openapi.yaml describes, and a
table of what it says of each request, by which the server refuses all others.

    generate_api.py api/openapi.yaml OUTPUT_DIRECTORY

The structs are what handlers see: a body that does not fit its schema never reaches one, nor does
a request with a parameter or a member that the file does not have. What a schema can say and this
program cannot generate is an error here, at build time, not a gap at run time.
"""
import re
import sys
from pathlib import Path

import yaml

HEADER = """// Made from api/openapi.yaml by tools/generate_api.py. Do not edit.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids/uuid.h"
#include "base/value.h"
#include "json/object_reader.h"

namespace fastness::api::v1 {

// Reads a T from a request's body; the error names the field. `path` is where `body` stands.
template <typename T>
[[nodiscard]] json::FieldResult<T> parse_body(const json::Value& body, std::string path = {});

"""

SOURCE = """// Made from api/openapi.yaml by tools/generate_api.py. Do not edit.
#include "api/generated/requests.h"

#include <utility>

#include "json/value_json.h"

namespace fastness::api::v1 {
namespace {

using json::bad_field;
using json::FieldResult;
using json::ObjectReader;

[[maybe_unused]] std::string at(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

}  // namespace

"""


def identifier(text):
    """`devices:read` as an enumerator."""
    name = re.sub(r"\W", "_", text)
    return name + "_" if name in {"delete", "default", "public", "private", "class"} else name


def literal(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Generator:
    def __init__(self, document):
        self.schemas = document["components"]["schemas"]
        self.done = []  # names, in an order in which each follows what it uses
        self.bodies = [
            operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]
            for path in document["paths"].values()
            for method, operation in path.items()
            if method != "parameters" and "application/json" in operation.get("requestBody", {}).get("content", {})
        ]

    def run(self):
        declarations, definitions = [], []
        for name in dict.fromkeys(self.bodies):
            self.emit(name, declarations, definitions)
        end = "\n}  // namespace fastness::api::v1\n"
        return HEADER + "\n".join(declarations) + end, SOURCE + "\n".join(definitions) + end

    def emit(self, name, declarations, definitions):
        if name in self.done or name == "Value":
            return
        schema = self.schemas[name]
        if "enum" in schema:
            declarations.append(self.enum_declaration(name, schema))
            definitions.append(self.enum_definition(name, schema))
        elif "properties" in schema:
            for member in schema["properties"].values():
                for used in re.findall(r"'\$ref': '#/components/schemas/(\w+)'", str(member)):
                    if self.is_own_type(used):
                        self.emit(used, declarations, definitions)
            declarations.append(self.struct_declaration(name, schema))
            definitions.append(self.struct_definition(name, schema))
        self.done.append(name)

    def is_own_type(self, name):
        return "enum" in self.schemas[name] or "properties" in self.schemas[name]

    # -- enumerations ---------------------------------------------------------------------------

    def enum_declaration(self, name, schema):
        values = "".join(f"  {identifier(value)},\n" for value in schema["enum"])
        return (f"enum class {name} {{\n{values}}};\n"
                f"[[nodiscard]] std::string_view to_text({name} value);\n"
                f"[[nodiscard]] std::optional<{name}> parse_{snake(name)}(std::string_view text);\n")

    def enum_definition(self, name, schema):
        values = schema["enum"]
        cases = "".join(f"    case {name}::{identifier(v)}: return {literal(v)};\n" for v in values)
        tests = "".join(f"  if (text == {literal(v)}) return {name}::{identifier(v)};\n" for v in values)
        return (f"std::string_view to_text({name} value) {{\n  switch (value) {{\n{cases}  }}\n"
                f"  return {{}};\n}}\n\n"
                f"std::optional<{name}> parse_{snake(name)}(std::string_view text) {{\n{tests}"
                f"  return std::nullopt;\n}}\n")

    # -- objects --------------------------------------------------------------------------------

    def struct_declaration(self, name, schema):
        members = []
        for member, raw in schema["properties"].items():
            field = Field(self, member, raw, member in schema.get("required", []))
            members.append(f"  {field.declared_type()} {member}{field.initial()};\n")
        return (f"struct {name} {{\n{''.join(members)}}};\n"
                f"template <>\n[[nodiscard]] json::FieldResult<{name}> parse_body<{name}>(\n"
                f"    const json::Value& body, std::string path);\n")

    def struct_definition(self, name, schema):
        reads = "".join(
            Field(self, member, raw, member in schema.get("required", [])).read()
            for member, raw in schema["properties"].items())
        return (f"template <>\nFieldResult<{name}> parse_body<{name}>(const json::Value& body,\n"
                f"                                         std::string path) {{\n"
                f"  FASTNESS_ASSIGN_OR_RETURN(const ObjectReader in,\n"
                f"                            ObjectReader::of(body, std::move(path)));\n"
                f"  {name} out{{}};\n{reads}  return out;\n}}\n")


class Field:
    """One member of a request."""

    def __init__(self, generator, name, raw, required):
        self.generator = generator
        self.name = name
        self.required = required
        self.schema = raw
        self.reference = raw["$ref"].split("/")[-1] if "$ref" in raw else None
        if self.reference:
            self.schema = generator.schemas[self.reference]
        kind = self.schema.get("type")
        self.nullable = isinstance(kind, list) and "null" in kind
        self.kind = next(k for k in kind if k != "null") if isinstance(kind, list) else kind
        self.default = raw.get("default")

    def base_type(self):
        if self.reference == "Value":
            return "fastness::Value"
        if self.reference and self.generator.is_own_type(self.reference):
            return self.reference
        if self.kind == "string":
            return {"uuid": "Uuid", "date-time": "Timestamp"}.get(self.schema.get("format"), "std::string")
        if self.kind == "array":
            return f"std::vector<{self.item().base_type()}>"
        if self.kind == "object" and self.schema.get("additionalProperties") == {"type": "string"}:
            return "std::map<std::string, std::string>"
        if self.kind in ("boolean", "integer", "number"):
            return {"boolean": "bool", "integer": "std::int64_t", "number": "double"}[self.kind]
        raise SystemExit(f"generate_api: cannot generate {self.name}: {self.schema}")

    def item(self):
        return Field(self.generator, self.name, self.schema["items"], True)

    def declared_type(self):
        kind = self.base_type()
        if self.nullable:
            kind = f"std::optional<{kind}>"
        has_value = self.required or self.default is not None
        # A Value and a Uuid have no empty state, so they are optional even when required.
        if has_value and self.base_type() not in ("fastness::Value", "Uuid"):
            return kind
        return f"std::optional<{kind}>"

    def initial(self):
        if self.default is None:
            return "{}" if self.declared_type() in ("bool", "std::int64_t", "double", "Timestamp") or (
                self.reference and self.required) else ""
        if isinstance(self.default, bool):
            return f" = {str(self.default).lower()}"
        return f" = {literal(self.default)}" if self.kind == "string" else f" = {self.default}"

    def read(self):
        """The statements that fill the member."""
        name = literal(self.name)
        body = self.read_value()
        if self.required:
            if self.nullable:
                raise SystemExit(f"generate_api: {self.name} is required and may be null")
            return f"  {{\n{body}  }}\n"
        if self.nullable:
            empty = f"std::optional<{self.base_type()}>()"
            return (f"  if (in.is_null({name})) {{\n    out.{self.name} = {empty};\n"
                    f"  }} else if (in.has({name})) {{\n{body}  }}\n")
        return f"  if (in.has({name}) && !in.is_null({name})) {{\n{body}  }}\n"

    def read_value(self):
        name, target = literal(self.name), f"out.{self.name}"
        assign = "    FASTNESS_ASSIGN_OR_RETURN(auto value, {});\n{}    " + target + " = std::move(value);\n"
        if self.reference == "Value":
            return ("    FASTNESS_ASSIGN_OR_RETURN(const json::Value* raw, in.required(" + name + "));\n"
                    + assign.format(f"json::to_value(*raw, in.path({name}))", ""))
        if self.reference and "enum" in self.schema:
            return (f"    FASTNESS_ASSIGN_OR_RETURN(const std::string text, in.text({name}));\n"
                    f"    const auto value = parse_{snake(self.reference)}(text);\n"
                    f"    if (!value) return bad_field(in.path({name}), \"must be one of the values listed\");\n"
                    f"    {target} = *value;\n")
        if self.kind == "string":
            form = self.schema.get("format")
            if form in ("uuid", "date-time"):
                return assign.format(f"in.{'uuid' if form == 'uuid' else 'time'}({name})", "")
            limits = [f".{bound} = {self.schema[key]}" for bound, key in (("min", "minLength"), ("max", "maxLength"))
                      if key in self.schema]
            extra = ", {" + ", ".join(limits) + "}" if limits else ""
            return assign.format(f"in.text({name}{extra})", "")
        if self.kind == "array":
            return self.read_array()
        if self.reference and "properties" in self.schema:
            return ("    FASTNESS_ASSIGN_OR_RETURN(const json::Value* raw, in.required(" + name + "));\n"
                    + assign.format(f"parse_body<{self.reference}>(*raw, in.path({name}))", ""))
        if self.kind == "object":
            return self.read_map()
        getter = {"boolean": "boolean", "integer": "integer", "number": "number"}[self.kind]
        return assign.format(f"in.{getter}({name})", self.range_checks())

    def range_checks(self):
        checks = ""
        for key, operator, words in (("minimum", "<", "at least"), ("maximum", ">", "at most")):
            if key in self.schema:
                limit = self.schema[key]
                checks += (f"    if (value {operator} {limit}) "
                           f"return bad_field(in.path({literal(self.name)}), \"must be {words} {limit}\");\n")
        return checks

    def read_array(self):
        name, item = literal(self.name), self.item()
        checks = ""
        for key, operator, words in (("minItems", "<", "at least"), ("maxItems", ">", "at most")):
            if key in self.schema:
                limit = self.schema[key]
                checks += (f"    if (list->size() {operator} {limit}) "
                           f"return bad_field(in.path({name}), \"must have {words} {limit} elements\");\n")
        if item.reference and "enum" in item.schema:
            element = (f"      const auto* text = (*list)[i].get<std::string>();\n"
                       f"      const auto value = text == nullptr ? std::nullopt : parse_{snake(item.reference)}(*text);\n"
                       f"      if (!value) return bad_field(at(in.path({name}), i), \"must be one of the values listed\");\n"
                       f"      values.push_back(*value);\n")
        elif item.reference and "properties" in item.schema:
            element = (f"      FASTNESS_ASSIGN_OR_RETURN(\n          auto value, parse_body<{item.reference}>((*list)[i], at(in.path({name}), i)));\n"
                       f"      values.push_back(std::move(value));\n")
        elif not item.reference and item.kind == "string" and "format" not in item.schema:
            element = (f"      const auto* text = (*list)[i].get<std::string>();\n"
                       f"      if (text == nullptr) return bad_field(at(in.path({name}), i), \"must be a string\");\n"
                       f"      values.push_back(*text);\n")
        else:
            raise SystemExit(f"generate_api: cannot generate the elements of {self.name}")
        return (f"    FASTNESS_ASSIGN_OR_RETURN(const json::Array* list, in.array({name}));\n{checks}"
                f"    {self.base_type()} values;\n"
                f"    for (std::size_t i = 0; i < list->size(); ++i) {{\n{element}    }}\n"
                f"    out.{self.name} = std::move(values);\n")

    def read_map(self):
        name = literal(self.name)
        return (f"    FASTNESS_ASSIGN_OR_RETURN(const json::Value* raw, in.required({name}));\n"
                f"    const auto* object = raw->get<json::Object>();\n"
                f"    if (object == nullptr) return bad_field(in.path({name}), \"must be an object\");\n"
                f"    {self.base_type()} values;\n"
                f"    for (const auto& [key, member] : *object) {{\n"
                f"      const auto* text = member.get<std::string>();\n"
                f"      if (text == nullptr) return bad_field(in.path({name}) + \".\" + key, \"must be a string\");\n"
                f"      values.insert_or_assign(key, *text);\n    }}\n"
                f"    out.{self.name} = std::move(values);\n")


TABLE = """// Made from api/openapi.yaml by tools/generate_api.py. Do not edit.
#include "api/access/described.h"

#include <array>
#include <limits>

namespace fastness::api {
namespace {

using Kind = DescribedParameter::Kind;
using http::Method;

"""

ACCESSES = """// Made from api/openapi.yaml by tools/generate_api.py. Do not edit.
#include <array>

#include "api/access/access_text.h"

namespace fastness::api {
namespace {

using http::Method;

struct DescribedAccess {
  http::Method method;
  std::string_view pattern;
  std::string_view access;
};

"""



class Descriptions:
    """What may be in a request, operation by operation."""

    METHODS = {"get": "get", "put": "put", "post": "post", "patch": "patch", "delete": "delete_"}

    def __init__(self, document):
        self.document = document

    def resolve(self, part):
        while "$ref" in part:
            _, *names = part["$ref"].split("/")
            part = self.document
            for name in names:
                part = part[name]
        return part

    def run(self):
        arrays, rows = [], []
        for pattern, path in self.document["paths"].items():
            for method, operation in path.items():
                if method == "parameters":
                    continue
                at = len(rows)
                query = [parameter for parameter in map(self.resolve, path.get("parameters", [])
                                                        + operation.get("parameters", []))
                         if parameter["in"] == "query"]
                content = self.resolve(operation.get("requestBody", {})).get("content", {})
                schema = self.resolve(next(iter(content.values()), {}).get("schema", {}))
                if "application/json" in content and "properties" not in schema:
                    raise SystemExit(f"generate_api: the body of {method} {pattern} has no members to list")
                names = [self.parameters(arrays, f"kQuery{at}", query),
                         self.texts(arrays, f"kTypes{at}", list(content)),
                         self.texts(arrays, f"kMembers{at}", list(schema.get("properties", {})))]
                limit = schema.get("maxLength", 0) if schema.get("type") == "string" else 0
                any_query = "true" if operation.get("x-any-query") else "false"
                rows.append(f"    {{Method::{self.METHODS[method]}, {literal(pattern)}, {', '.join(names)}, {limit}, {any_query}}},\n")
        return (TABLE + "".join(arrays) + f"constexpr std::array<DescribedOperation, {len(rows)}> kOperations = {{{{\n"
                + "".join(rows) + "}};\n\n}  // namespace\n\nstd::span<const DescribedOperation> described_operations() {\n"
                "  return kOperations;\n}\n\n}  // namespace fastness::api\n")

    @staticmethod
    def texts(arrays, name, texts):
        if not texts:
            return "{}"
        arrays.append(f"constexpr std::array<std::string_view, {len(texts)}> {name} = "
                      f"{{{', '.join(map(literal, texts))}}};\n")
        return name

    def parameters(self, arrays, name, parameters):
        if not parameters:
            return "{}"
        rows = []
        for at, parameter in enumerate(parameters):
            schema = self.resolve(parameter["schema"])
            repeats = schema["type"] == "array"
            if repeats:
                schema = self.resolve(schema["items"])
            values = self.texts(arrays, f"{name}Values{at}", schema.get("enum", []))
            low = schema.get("minimum", "std::numeric_limits<std::int64_t>::min()")
            high = schema.get("maximum", "std::numeric_limits<std::int64_t>::max()")
            flags = ", ".join(str(flag).lower() for flag in (parameter.get("required", False), repeats))
            rows.append(f"    {{{literal(parameter['name'])}, Kind::{self.kind(parameter, schema)}, {flags}, {low}, {high}, {values}}},\n")
        arrays.append(f"constexpr std::array<DescribedParameter, {len(rows)}> {name} = {{{{\n{''.join(rows)}}}}};\n")
        return name

    @staticmethod
    def kind(parameter, schema):
        if "enum" in schema:
            return "one_of"
        if schema.get("type") == "integer":
            return "integer"
        if schema.get("type") == "string":
            return "time" if schema.get("format") == "date-time" else "text"
        raise SystemExit(f"generate_api: cannot check the query parameter {parameter['name']}: {schema}")


class Accesses:
    """Who may, operation by operation, as the file says; a test holds the policy table to it."""

    def __init__(self, document):
        self.document = document

    def run(self):
        rows = []
        for pattern, path in self.document["paths"].items():
            for method, operation in path.items():
                if method == "parameters":
                    continue
                if "x-access" not in operation:
                    raise SystemExit(f"generate_api: {method} {pattern} does not say who may: x-access")
                rows.append(f"    {{Method::{Descriptions.METHODS[method]}, {literal(pattern)}, {literal(operation['x-access'])}}},\n")
        return ACCESSES + f"constexpr std::array<DescribedAccess, {len(rows)}> kAccesses = {{{{\n" + "".join(rows) + (
            "}};\n\n}  // namespace\n\nstd::string_view described_access(http::Method method, std::string_view pattern) {\n"
            "  for (const DescribedAccess& each : kAccesses) {\n"
            "    if (each.method == method && each.pattern == pattern) return each.access;\n"
            "  }\n  return {};\n}\n\n}  // namespace fastness::api\n")


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def write_if_changed(path, text):
    """Keeps the time of a file that stays as it is, so that nothing is compiled for it."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main():
    document = yaml.safe_load(Path(sys.argv[1]).read_text())
    output = Path(sys.argv[2])
    output.mkdir(parents=True, exist_ok=True)
    header, source = Generator(document).run()
    write_if_changed(output / "requests.h", header)
    write_if_changed(output / "requests.cc", source)
    write_if_changed(output / "described.cc", Descriptions(document).run())
    write_if_changed(output / "accesses.cc", Accesses(document).run())


if __name__ == "__main__":
    main()
