using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace TlsFsm.Tests.Architecture;

/// <summary>
/// The public surface of an assembly as stable text: a block for each type, a line for each member, in the order of their names.
/// </summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    public static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append($"{Head(type)}\n");
            foreach (var line in Members(type))
                text.Append($"    {line}\n");
            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string Head(Type type)
    {
        var name = $"{type.Namespace}.{(type.DeclaringType is { } outer ? $"{Name(outer)}." : "")}{Name(type)}";
        if (type.IsEnum)
            return $"enum {name}";

        var isRecord = type.GetMethod("<Clone>$") is not null || (type.IsValueType && type.GetMethod("PrintMembers", Declared) is not null);
        var kind = type switch
        {
            { IsInterface: true } => "interface",
            { IsValueType: true } =>
                $"{(type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "")}{(type.IsByRefLike ? "ref " : "")}{(isRecord ? "record " : "")}struct",
            _ => $"{(type is { IsAbstract: true, IsSealed: true } ? "static " : type.IsSealed ? "sealed " : type.IsAbstract ? "abstract " : "")}{(isRecord ? "record" : "class")}",
        };
        var inherited = type.GetInterfaces().SelectMany(implemented => implemented.GetInterfaces()).Concat(
            type.BaseType?.GetInterfaces() ?? []);
        var bases = type.GetInterfaces().Except(inherited)
            .Where(implemented => implemented.IsPublic && !(isRecord && implemented.Name == "IEquatable`1"))
            .Select(Name).Order(StringComparer.Ordinal).ToList();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
            bases.Insert(0, Name(parent));
        return $"{kind} {name}{(bases.Count == 0 ? "" : $" : {string.Join(", ", bases)}")}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => $"{field.Name} = {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}");

        return type.GetMembers(Declared)
            .Where(member => !member.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Select(member => Member(member)).OfType<string>()
            .Order(StringComparer.Ordinal);
    }

    private static string? Member(MemberInfo member) => member switch
    {
        ConstructorInfo constructor when IsVisible(constructor) =>
            $"{Access(constructor)}new({Parameters(constructor)})",
        MethodInfo method when IsVisible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) =>
            $"{Access(method)}{TypeName(method.ReturnParameter)} {MethodName(method)}({Parameters(method)})",
        PropertyInfo property when property.GetAccessors(nonPublic: true).Where(IsVisible).ToList() is { Count: > 0 } accessors =>
            $"{Access(accessors[0])}{(property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "")}" +
            $"{TypeName(property)} {property.Name} {{ {string.Concat(accessors.Select(accessor => Accessor(property, accessor)))}}}",
        EventInfo { AddMethod: { } add } @event when IsVisible(add) =>
            $"{Access(add)}event {Name(@event.EventHandlerType!)} {@event.Name}",
        FieldInfo field when field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly =>
            $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{Name(field.FieldType)} {field.Name}" +
            (field.IsLiteral ? $" = {Literal(field.GetRawConstantValue())}" : ""),
        _ => null,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(MethodBase method)
    {
        var access = method.IsPublic ? "" : "protected ";
        if (method.IsStatic)
            return $"{access}static ";
        if (method is not MethodInfo { IsVirtual: true, IsFinal: false } function || method.DeclaringType!.IsInterface)
            return access;

        var isOverride = function.GetBaseDefinition() != function;
        return $"{access}{(isOverride ? "override " : function.IsAbstract ? "abstract " : "virtual ")}";
    }

    private static string Accessor(PropertyInfo property, MethodInfo accessor)
    {
        if (accessor == property.GetMethod)
            return "get; ";

        var isInit = accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
        return isInit ? "init; " : "set; ";
    }

    private static string MethodName(MethodInfo method) =>
        method.IsGenericMethod ? $"{method.Name}<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : method.Name;

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(parameter =>
            (parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? (parameter.IsIn ? "in " : "ref ") : "") +
            $"{TypeName(parameter)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {Default(parameter)}" : "")}"));

    private static string TypeName(ParameterInfo parameter) => TypeName(Nullability.Create(parameter));

    private static string TypeName(PropertyInfo property) => TypeName(Nullability.Create(property));

    private static string TypeName(NullabilityInfo info)
    {
        var type = info.Type.IsByRef ? info.Type.GetElementType()! : info.Type;
        var isNullable = !type.IsValueType && info.ReadState == NullabilityState.Nullable && !type.IsGenericParameter;
        var name = info.GenericTypeArguments.Length > 0 && type.IsGenericType && Nullable.GetUnderlyingType(type) is null
            ? $"{BareName(type)}<{string.Join(", ", info.GenericTypeArguments.Select(TypeName))}>"
            : Name(type);
        return isNullable ? $"{name}?" : name;
    }

    private static string Name(Type type) => type switch
    {
        _ when Nullable.GetUnderlyingType(type) is { } underlying => $"{Name(underlying)}?",
        { IsArray: true } => $"{Name(type.GetElementType()!)}[]",
        { IsByRef: true } => Name(type.GetElementType()!),
        { IsGenericType: true } => $"{BareName(type)}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ => Keyword(type),
    };

    private static string BareName(Type type) => type.Name.Split('`')[0];

    private static string Keyword(Type type) => type.IsEnum ? type.Name : type.Name switch
    {
        "Boolean" => "bool",
        "Byte" => "byte",
        "Int32" => "int",
        "Int64" => "long",
        "Object" => "object",
        "String" => "string",
        "UInt16" => "ushort",
        "Void" => "void",
        var name => name,
    };

    private static string Default(ParameterInfo parameter) =>
        parameter.DefaultValue is null && parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null
            ? "default"
            : Literal(parameter.DefaultValue);

    private static string Literal(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        Enum constant => $"{constant.GetType().Name}.{constant}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
