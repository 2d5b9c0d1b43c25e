using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using TlsFsm.Machines;

namespace TlsFsm.Tests.Exploration;

/// <summary>
/// What a connection remembers: every yes or no, every state, and whether there is something at all, in whatever object of the engine's it
/// is kept. Found by reflection, so that a flag that is added tomorrow tells lives apart tomorrow.
/// </summary>
internal static class Snapshot
{
    private static readonly Action<TlsConnection, StringBuilder> Engine = Compile();

    /// <summary>All of it, with exact sizes: equal before and after means that nothing has happened.</summary>
    public static string Of(World world)
    {
        var text = new StringBuilder();
        Engine(world.Connection, text);
        return text.Append(world.Transport.ReadBufferSize).Append(' ').Append(world.Transport.WriteBufferSize).Append(' ')
            .AppendJoin(',', world.Loop.Turns).Append(' ').AppendJoin(',', world.Loop.Timers).ToString();
    }

    public static void AppendEngine(World world, StringBuilder text) => Engine(world.Connection, text);

    private static Action<TlsConnection, StringBuilder> Compile()
    {
        var connection = Expression.Parameter(typeof(TlsConnection));
        var text = Expression.Parameter(typeof(StringBuilder));
        var appends = new List<Expression>();
        Collect(connection, text, appends, [typeof(TlsConnection)]);
        return Expression.Lambda<Action<TlsConnection, StringBuilder>>(Expression.Block(appends), connection, text).Compile();
    }

    private static void Collect(Expression owner, ParameterExpression text, List<Expression> appends, HashSet<Type> visited)
    {
        // What is there for a while only comes last: what can be reached without it is.
        foreach (var field in owner.Type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
            .OrderBy(field => !field.IsInitOnly))
        {
            var value = Expression.Field(owner, field);
            if (field.FieldType == typeof(bool))
                appends.Add(Append(text, Expression.Condition(value, Expression.Constant('1'), Expression.Constant('0'))));
            else if (field.FieldType.IsEnum)
                appends.Add(Append(text, Letter(value)));
            else if (IsEngines(field.FieldType) && (IsLeaf(field.FieldType) || visited.Add(field.FieldType)))
                appends.Add(IfThere(value, text, visited));
            else if (!field.FieldType.IsValueType && !field.IsInitOnly && !IsEngines(field.FieldType))
                appends.Add(Append(text, Expression.Condition(
                    Expression.ReferenceEqual(value, Expression.Constant(null)), Expression.Constant('-'), Expression.Constant('+'))));
        }
    }

    private static ConditionalExpression IfThere(Expression value, ParameterExpression text, HashSet<Type> visited)
    {
        List<Expression> appends = [Expression.Empty()];
        Collect(value, text, appends, visited);
        return Expression.IfThenElse(
            Expression.ReferenceEqual(value, Expression.Constant(null)), Append(text, Expression.Constant('-')), Expression.Block(appends));
    }

    private static UnaryExpression Letter(Expression value) => Expression.Convert(
        Expression.Add(Expression.Convert(value, typeof(int)), Expression.Constant((int)'A')), typeof(char));

    // A connection may have several of those that lead nowhere else: two deadlines, say.
    private static bool IsLeaf(Type type) => !Array.Exists(
        type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public), field => IsEngines(field.FieldType));

    private static MethodCallExpression Append(ParameterExpression text, Expression letter) =>
        Expression.Call(text, typeof(StringBuilder).GetMethod(nameof(StringBuilder.Append), [typeof(char)])!, letter);

    // The objects that every connection has, from its beginning or for a while.
    private static bool IsEngines(Type type) =>
        type.IsClass && (type.Namespace == typeof(TlsFsm.Connection.SingleUse).Namespace || type == typeof(TlsTransport)
            || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(MachineRun<,,>)));
}
