using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace TlsFsm.Packaging;

/// <summary>
/// The names of types and members in documentation files, as C#'s specification has them (its annex on documentation comments).
/// </summary>
internal static class DocumentationNames
{
    public static string Of(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var name = reader.GetString(type.Name);
        if (!type.GetDeclaringType().IsNil)
            return $"{Of(reader, type.GetDeclaringType())}.{name}";

        return type.Namespace.IsNil ? name : $"{reader.GetString(type.Namespace)}.{name}";
    }

    public static string Of(MetadataReader reader, MethodDefinition method)
    {
        var signature = method.DecodeSignature(new SignatureNames(reader), genericContext: null);
        var name = reader.GetString(method.Name).Replace('.', '#');
        var arity = signature.GenericParameterCount > 0 ? $"``{signature.GenericParameterCount}" : "";
        var result = name is "op_Implicit" or "op_Explicit" ? $"~{signature.ReturnType}" : "";
        return $"{name}{arity}{Parameters(signature)}{result}";
    }

    public static string Of(MetadataReader reader, PropertyDefinition property) =>
        reader.GetString(property.Name) + Parameters(property.DecodeSignature(new SignatureNames(reader), genericContext: null));

    private static string Parameters(MethodSignature<string> signature) =>
        signature.ParameterTypes.IsEmpty ? "" : $"({string.Join(",", signature.ParameterTypes)})";

    private sealed class SignatureNames(MetadataReader reader) : ISignatureTypeProvider<string, object?>
    {
        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => $"System.{typeCode}";

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Of(reader, handle);

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeReference(handle);
            var name = reader.GetString(type.Name);
            if (type.ResolutionScope.Kind == HandleKind.TypeReference)
                return $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, rawTypeKind)}.{name}";

            return type.Namespace.IsNil ? name : $"{reader.GetString(type.Namespace)}.{name}";
        }

        public string GetTypeFromSpecification(
            MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
            $"{genericType[..genericType.LastIndexOf('`')]}{{{string.Join(",", typeArguments)}}}";

        public string GetSZArrayType(string elementType) => $"{elementType}[]";

        public string GetArrayType(string elementType, ArrayShape shape) =>
            $"{elementType}[{string.Join(",", Enumerable.Repeat("0:", shape.Rank))}]";

        public string GetByReferenceType(string elementType) => $"{elementType}@";

        public string GetPointerType(string elementType) => $"{elementType}*";

        public string GetGenericTypeParameter(object? genericContext, int index) => $"`{index}";

        public string GetGenericMethodParameter(object? genericContext, int index) => $"``{index}";

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

        public string GetPinnedType(string elementType) => elementType;

        public string GetFunctionPointerType(MethodSignature<string> signature) =>
            throw new NotSupportedException(
                $"A visible member of {reader.GetString(reader.GetModuleDefinition().Name)} has a function pointer.");
    }
}
