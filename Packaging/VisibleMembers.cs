using System.Reflection;
using System.Reflection.Metadata;

namespace TlsFsm.Packaging;

/// <summary>Types and members that another assembly can name, by the names that documentation files have for them.</summary>
internal static class VisibleMembers
{
    public static IReadOnlySet<string> Of(MetadataReader reader)
    {
        var names = new HashSet<string>();
        foreach (var handle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(handle);
            if (!IsVisible(reader, type))
                continue;

            var name = DocumentationNames.Of(reader, handle);
            names.Add($"T:{name}");
            Add(names, reader, type, name);
        }

        return names;
    }

    private static void Add(HashSet<string> names, MetadataReader reader, TypeDefinition type, string owner)
    {
        foreach (var field in type.GetFields().Select(reader.GetFieldDefinition))
        {
            if ((field.Attributes & FieldAttributes.FieldAccessMask) is
                FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem)
                names.Add($"F:{owner}.{reader.GetString(field.Name)}");
        }

        foreach (var method in type.GetMethods().Select(reader.GetMethodDefinition).Where(IsVisible))
            names.Add($"M:{owner}.{DocumentationNames.Of(reader, method)}");

        foreach (var property in type.GetProperties().Select(reader.GetPropertyDefinition))
        {
            var accessors = property.GetAccessors();
            if (IsAnyVisible(reader, accessors.Getter, accessors.Setter))
                names.Add($"P:{owner}.{DocumentationNames.Of(reader, property)}");
        }

        foreach (var @event in type.GetEvents().Select(reader.GetEventDefinition))
        {
            if (IsAnyVisible(reader, @event.GetAccessors().Adder))
                names.Add($"E:{owner}.{reader.GetString(@event.Name)}");
        }
    }

    private static bool IsVisible(MetadataReader reader, TypeDefinition type) =>
        (type.Attributes & TypeAttributes.VisibilityMask) switch
        {
            TypeAttributes.Public => true,
            TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem =>
                IsVisible(reader, reader.GetTypeDefinition(type.GetDeclaringType())),
            _ => false,
        };

    private static bool IsVisible(MethodDefinition method) =>
        (method.Attributes & MethodAttributes.MemberAccessMask) is
            MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;

    private static bool IsAnyVisible(MetadataReader reader, params MethodDefinitionHandle[] accessors) =>
        accessors.Any(accessor => !accessor.IsNil && IsVisible(reader.GetMethodDefinition(accessor)));
}
